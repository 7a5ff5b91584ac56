/** Entry of the page on which a lab of another site's page becomes the reader's own. */
import "./view/base.css";

import { mount } from "svelte";

import { applyTheme, chosenTheme } from "./view/front/theme";
import { watchForUpdates } from "./view/outdated/outdated";
import { readTakeOver, takeKey } from "./view/take-over/take-over";
import TakeOverPage from "./view/take-over/TakeOverPage.svelte";
import "./view/tokens.css";

// Before anything else can look at it.
const key = takeKey(window);
watchForUpdates(document);
applyTheme(document.documentElement, chosenTheme());
const boot = readTakeOver(document);
const target = document.getElementById("take-over");
if (boot?.own) location.replace(boot.lab);
else if (boot && target) {
  mount(TakeOverPage, { target, props: { boot, key, go: (path) => location.replace(path) } });
}
