/** Entry of the lab page. */
import "./view/base.css";
import { readBoot } from "./view/lab/boot";
import { openLab } from "./view/lab/open";
import { browserMemory } from "./view/lab/storage";
import { watchForUpdates } from "./view/outdated/outdated";
import "./view/tokens.css";

watchForUpdates(document);
const boot = readBoot(document);
const target = document.getElementById("lab");
if (boot && target) {
  if (boot.role === "owner") browserMemory.set("lab", boot.lab);
  openLab(boot, target);
}
