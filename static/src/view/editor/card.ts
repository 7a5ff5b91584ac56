/** A diagnosis as the editor's tooltip shows it: what, why, what to try, and the fix as a button. */
import type { Diagnosis, Fix } from "../../events/generated";
import { glyph } from "./glyphs";

export function diagnosisCard(
  diagnoses: readonly Diagnosis[],
  fix: (fix: Fix) => void,
): HTMLElement {
  const card = element("div", "diagnosis-cards");
  for (const diagnosis of diagnoses) card.append(one(diagnosis, fix));
  return card;
}

function one(diagnosis: Diagnosis, apply: (fix: Fix) => void): HTMLElement {
  const part = element("div", "diagnosis-card");
  const title = element("strong", "", diagnosis.title);
  title.prepend(glyph(diagnosis.severity));
  part.append(title, element("p", "", diagnosis.why), element("p", "", diagnosis.try));
  const { fix } = diagnosis;
  if (fix) {
    const button = element("button", "", fix.title);
    button.setAttribute("type", "button");
    button.addEventListener("click", () => apply(fix));
    part.append(button);
  }
  return part;
}

function element(tag: string, name: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  // What stands between backticks is code, as everywhere on the page.
  for (const [at, piece] of text.split(/`([^`\n]+)`/).entries()) {
    if (at % 2 === 0) made.append(piece);
    else made.append(Object.assign(document.createElement("code"), { textContent: piece }));
  }
  return made;
}
