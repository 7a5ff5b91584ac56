/** Entry of the front page. */
import "./view/tokens.css";
import "./view/base.css";

import { mount } from "svelte";

import { readFrontBoot } from "./view/front/boot";
import Front from "./view/front/Front.svelte";
import { applyTheme, chosenTheme } from "./view/front/theme";
import { watchForUpdates } from "./view/outdated/outdated";

watchForUpdates(document);
applyTheme(document.documentElement, chosenTheme());
const target = document.getElementById("front");
if (target) mount(Front, { target, props: { boot: readFrontBoot(document) } });
