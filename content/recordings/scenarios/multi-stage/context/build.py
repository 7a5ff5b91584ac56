"""Puts pages together: `build.py PAGES OUT` numbers them and writes an index."""

import sys
from pathlib import Path

pages, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)

titles = []
for number, page in enumerate(sorted(pages.glob("*.txt")), start=1):
    title, _, text = page.read_text().partition("\n")
    titles.append(f"{number}. {title}")
    (out / page.name).write_text(f"{title}\n{'=' * len(title)}\n{text}")
    print(f"wrote {page.name}")

(out / "index.txt").write_text("\n".join(["Pages", "=====", *titles, ""]))
print(f"wrote index.txt with {len(titles)} pages")
