/** Entry of a live lab in another site's page: nothing is opened before the reader wants it. */
import { mount, unmount } from "svelte";

import "./view/base.css";
import { readEmbedBoot } from "./view/embed-lab/start";
import StartPage from "./view/embed-lab/StartPage.svelte";
import type { Boot } from "./view/lab/boot";
import { watchForUpdates } from "./view/outdated/outdated";
import "./view/tokens.css";

watchForUpdates(
  document,
  "This page is from before that. Reloading it begins a new lab; “Open in Layercake” keeps this one.",
);
const embed = readEmbedBoot(document);
const target = document.getElementById("embed-lab");
if (embed && target) {
  const page = mount(StartPage, {
    target,
    props: {
      embed,
      onopen: async (boot: Boot) => {
        // The lab's code is fetched with the press: most readers only read on.
        const { openLab } = await import("./view/lab/open");
        await unmount(page);
        openLab(boot, target);
      },
    },
  });
}
