// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import type { Diagnosis } from "@/events/generated";
import FileTabs from "@/view/editor/FileTabs.svelte";
import ProblemList from "@/view/editor/ProblemList.svelte";

const DIAGNOSIS: Diagnosis = {
  code: "exec-form-quotes",
  severity: "error",
  title: "The words of the exec form have no quotes.",
  why: "Docker then takes it for a shell command.",
  try: "Put every word in double quotes.",
  line: 6,
  line_end: 6,
  fix: { title: "Quote the words", line_start: 6, line_end: 6, text: 'CMD ["python"]' },
};

describe("the list of problems", () => {
  const draw = (open: string | null, readOnly = false) => {
    const calls = { onopen: vi.fn(), ongoto: vi.fn(), onfix: vi.fn() };
    render(ProblemList, {
      findings: { diagnoses: [DIAGNOSIS], plan: null, fresh: true, trouble: null },
      problems: [DIAGNOSIS],
      readOnly,
      open,
      ...calls,
    });
    return calls;
  };

  it("says how many there are, and opens one to why and what to try", async () => {
    const { onopen } = draw(null);
    expect(screen.getByRole("status").textContent).toBe("1 error");
    await fireEvent.click(screen.getByRole("button", { name: /no quotes/ }));
    expect(onopen).toHaveBeenCalledWith("exec-form-quotes:6");
  });

  it("leads to the line and applies the fix", async () => {
    const { ongoto, onfix } = draw("exec-form-quotes:6");
    expect(screen.getByText(/takes it for a shell command/)).toBeTruthy();
    await fireEvent.click(screen.getByRole("button", { name: "Go to line 6" }));
    await fireEvent.click(screen.getByRole("button", { name: "Quote the words" }));
    expect(ongoto).toHaveBeenCalledWith(6);
    expect(onfix).toHaveBeenCalledWith(DIAGNOSIS.fix);
  });

  it("offers no fix to who watches", () => {
    draw("exec-form-quotes:6", true);
    expect(screen.queryByRole("button", { name: "Quote the words" })).toBeNull();
  });
});

describe("the files' tabs", () => {
  const draw = (readOnly = false) => {
    const calls = {
      onopen: vi.fn(),
      onadd: vi.fn((path: string) => (path === "app.py" ? "There is one already." : null)),
      onrename: vi.fn(() => null),
      onremove: vi.fn(),
      onupload: vi.fn(),
    };
    render(FileTabs, {
      tabs: [
        { path: "Dockerfile", text: "" },
        { path: "app.py", text: "" },
      ],
      active: "Dockerfile",
      readOnly,
      panel: "text",
      ...calls,
    });
    return calls;
  };

  it("move with the arrow keys", async () => {
    const { onopen } = draw();
    await fireEvent.keyDown(screen.getByRole("tab", { name: "Dockerfile" }), { key: "ArrowRight" });
    expect(onopen).toHaveBeenCalledWith("app.py");
  });

  it("take a new name, or say beside the field why not", async () => {
    const { onadd } = draw();
    await fireEvent.click(screen.getByRole("button", { name: "Add a file" }));
    const field = screen.getByLabelText("Name of the new file");
    await fireEvent.input(field, { target: { value: "app.py" } });
    await fireEvent.submit(field);
    expect(screen.getByRole("alert").textContent).toBe("There is one already.");
    await fireEvent.input(field, { target: { value: "new.py" } });
    await fireEvent.submit(field);
    expect(onadd).toHaveBeenLastCalledWith("new.py");
    expect(screen.queryByLabelText("Name of the new file")).toBeNull();
  });

  it("offer the open file's name for renaming, and Escape leaves it", async () => {
    const { onrename } = draw();
    await fireEvent.click(screen.getByRole("button", { name: "Rename Dockerfile" }));
    const field = screen.getByLabelText<HTMLInputElement>("New name of Dockerfile");
    expect(field.value).toBe("Dockerfile");
    await fireEvent.keyDown(field, { key: "Escape" });
    expect(onrename).not.toHaveBeenCalled();
    expect(screen.queryByLabelText("New name of Dockerfile")).toBeNull();
  });

  it("change nothing for who watches", () => {
    draw(true);
    expect(screen.queryByRole("button", { name: "Add a file" })).toBeNull();
    expect(screen.getAllByRole("tab")).toHaveLength(2);
  });
});
