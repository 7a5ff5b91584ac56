/** Entry of a recording's page. */
import "./view/base.css";

import { mount } from "svelte";

import { applyTheme, chosenTheme } from "./view/front/theme";
import { watchForUpdates } from "./view/outdated/outdated";
import { readRecordingBoot } from "./view/recording/boot";
import RecordingPage from "./view/recording/RecordingPage.svelte";
import "./view/tokens.css";

watchForUpdates(document);
applyTheme(document.documentElement, chosenTheme());
const boot = readRecordingBoot(document);
const target = document.getElementById("recording");
if (boot && target) mount(RecordingPage, { target, props: { boot } });
