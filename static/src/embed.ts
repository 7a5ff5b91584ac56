/** Entry of the player alone, in a frame on somebody's page or in a published folder. */
import "./view/tokens.css";
import "./view/base.css";

import { mount } from "svelte";

import { readEmbedBoot } from "./view/player/boot";
import Embed from "./view/player/Embed.svelte";
import { readQuery } from "./view/player/query";

const asked = readQuery(location.search);
if (asked.theme) document.documentElement.dataset["theme"] = asked.theme;
const target = document.getElementById("player");
if (target) {
  const around = parent === window ? null : parent;
  mount(Embed, { target, props: { boot: readEmbedBoot(document), asked, around } });
}
