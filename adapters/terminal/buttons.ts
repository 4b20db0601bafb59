// The buttons of a terminal: shown as words to type; a form behind one is asked line by line, and only its last answer is told.
import type { ActionEvent, Control } from '../../bot/contract.ts';
import { checkForms } from '../shared/form.ts';
import { CANCEL_FORM, createFormQuestions, type FormQuestions } from './form-questions.ts';
import type { Screen } from './screen.ts';

/** What a press means, without who and where. */
export type Press = Pick<ActionEvent, 'action' | 'post' | 'value' | 'fields'>;

export interface Buttons {
  /** The buttons that stand under this reply now; the ones shown last are meant by their words. */
  show(post: string, controls: readonly Control[]): void;
  clear(): void;
  /** The button that is called by `name`, form or not; null if none of that name is shown. */
  find(name: string): { press: Press; opensForm: boolean } | null;
  /** Opens the form of that button: the next lines are its answers. */
  open(name: string): void;
  /** True while a form is open. */
  isAsking(): boolean;
  /** One line of an open form: the submission once it was the last one, else null. */
  answer(line: string): Press | null;
  /** Ends the form that is open, without a word. */
  leave(): void;
}

export function createButtons(screen: Screen): Buttons {
  const shown = new Map<string, { post: string; control: Control }>();
  let open: { questions: FormQuestions; press: Press } | null = null;

  function pressOf({ post, control }: { post: string; control: Control }): Press {
    const { action, value } = control;
    return { action, post, ...(value === undefined ? {} : { value }) };
  }

  return {
    show(post, controls) {
      checkForms(controls);
      for (const [name, button] of shown) if (button.post === post) shown.delete(name);
      for (const control of controls) shown.set(control.action, { post, control });
    },
    clear: () => shown.clear(),
    find(name) {
      const button = shown.get(name);
      return button === undefined ? null : { press: pressOf(button), opensForm: button.control.form !== undefined };
    },
    open(name) {
      const button = shown.get(name);
      if (button?.control.form === undefined) return;
      open = { questions: createFormQuestions(button.control.form), press: pressOf(button) };
      screen.print('form', open.questions.question());
    },
    isAsking: () => open !== null,
    answer(line) {
      if (open === null) return null;
      const { questions, press } = open;
      if (line.trim() === CANCEL_FORM) {
        open = null;
        screen.print('form', 'Nothing was sent.');
        return null;
      }
      const fields = questions.answer(line);
      if (fields === null) {
        screen.print('form', questions.question());
        return null;
      }
      open = null;
      return { ...press, fields };
    },
    leave() {
      open = null;
    },
  };
}
