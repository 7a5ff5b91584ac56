/**
 * What a player's frame may do in another site's page, wherever the frame comes from. A page opened
 * from it is one as any other: without the last word that would be caged too.
 */
export const SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox";
