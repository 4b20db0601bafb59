// Forms on Slack: a pressed button opens a modal, which is no event of the core; what comes back from it is one.
import type { App } from '@slack/bolt';
import type { z } from 'zod';
import type { ActionEvent, Form, InboundEvent, Log } from '../../bot/contract.ts';
import { FORM_GONE, readFields } from '../shared/form.ts';
import { FORM_CALLBACK, formView, readSubmission, viewSubmission } from './form-view.ts';
import { toFormEvent } from './interactions.ts';
import { type SlackApi, slackErrorCode } from './slack-api.ts';

export interface FormParts {
  api: SlackApi;
  deliver(events: readonly InboundEvent[], teamId: string): Promise<void>;
  checked<S extends z.ZodType>(schema: S, payload: unknown, what: string): z.infer<S> | null;
  tell(event: ActionEvent, sentence: string): Promise<void>;
  log: Log;
}

const FORM_LATE = 'The form did not open in time; please press the button again.';

export function listenToForms(
  app: App,
  parts: FormParts,
): { openForm(form: Form, press: ActionEvent, triggerId: string): Promise<void> } {
  app.view(FORM_CALLBACK, async ({ body, ack }) => {
    const sent = parts.checked(viewSubmission, body, 'submitted form');
    if (sent === null) return ack();
    const submission = readSubmission(sent);
    // Slack shows a sentence under a field only.
    const [firstField = ''] = Object.keys(sent.view.state.values);
    if (submission === null) return ack({ response_action: 'errors', errors: { [firstField]: FORM_GONE } });
    const read = readFields(submission.form, submission.given);
    if (!read.ok) return ack({ response_action: 'errors', errors: { [read.field]: read.sentence } });
    const event = toFormEvent(sent, submission, read.fields);
    await parts.deliver([event], event.place.space);
    return ack();
  });

  return {
    /** Slack gives three seconds from the press (https://docs.slack.dev/interactivity/handling-user-interaction). */
    async openForm(form, press, triggerId) {
      try {
        await parts.api.call('views.open', { trigger_id: triggerId, view: formView(form, press) }, { attempts: 2 });
      } catch (error) {
        // The first try opened it, only its answer was lost.
        if (slackErrorCode(error) === 'exchanged_trigger_id') return;
        parts.log.warn({ err: error }, 'a form was not opened');
        await parts.tell(press, FORM_LATE);
      }
    },
  };
}
