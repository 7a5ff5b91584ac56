/** A recording has no learner whose discoveries could be told: this takes the place of finding them. */
import { NO_MEMORY } from "../../../scene/evidence";
import type * as whole from "../../../scene/discoveries";
import { emptyScene } from "../../../scene/reduce";

const none: whole.DiscoveryState = { scene: emptyScene(), memory: NO_MEMORY, proven: {} };

export const noDiscoveries: typeof whole.noDiscoveries = () => none;
export const discover: typeof whole.discover = (state) => state;
