/** Tips of buttons that are not there: this takes the place of the `docker` command lines. */
import type * as whole from "../../../scene/commands";

export const dockerCommand: typeof whole.dockerCommand = () => "";
