/**
 * Entry of the page for authors of course pages. The server wrote all of its words; here its snippets
 * get their copy buttons.
 */
import "./view/tokens.css";
import "./view/base.css";
import "./view/embedding/page.css";

import { offerCopies, tellTheme } from "./view/embedding/page";
import { applyTheme, chosenTheme } from "./view/front/theme";

applyTheme(document.documentElement, chosenTheme());
tellTheme(document, chosenTheme());
offerCopies(document);
