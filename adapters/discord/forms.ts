// Forms on Discord: a pressed button opens a modal, which is no event of the core; what comes back from it is one.
import { ComponentType, InteractionResponseType, Routes, TextInputStyle } from 'discord.js';
import type { Control, FormField, Log } from '../../bot/contract.ts';
import { FORM_GONE, MAX_TEXT_LENGTH, type ReadFields, readFields } from '../shared/form.ts';
import { EPHEMERAL } from './carrier.ts';
import { customId, opensForm } from './controls.ts';
import type { DiscordApi } from './discord-api.ts';
import type { DiscordMemory } from './memory.ts';
import type { DiscordInteraction } from './payloads.ts';

const BUTTON = 3;
const MODAL_SUBMIT = 5;

export interface Forms {
  /** Keeps the forms of these buttons of the reply `post`, before they are shown. */
  keep(controls: readonly Control[], post: string): Promise<void>;
  /** Opens the form of the pressed button, or says in one sentence that it is gone; never throws. */
  open(press: DiscordInteraction): Promise<void>;
  read(submission: DiscordInteraction): Promise<ReadFields>;
  /** One sentence to the person alone, as the whole answer to an interaction; never throws. */
  tell(interaction: DiscordInteraction, sentence: string): Promise<void>;
}

export function isFormButton({ type, data }: DiscordInteraction): boolean {
  return type === BUTTON && opensForm(data?.custom_id ?? '');
}
export function isFormSubmission({ type, data }: DiscordInteraction): boolean {
  return type === MODAL_SUBMIT && opensForm(data?.custom_id ?? '');
}

/** A form does not fit into its button's id; the modal has the id of its button. */
export function createForms(api: DiscordApi, memory: Pick<DiscordMemory, 'formOf' | 'keepForm'>, log: Log): Forms {
  /** Discord waits three seconds for it; https://docs.discord.com/developers/interactions/receiving-and-responding */
  async function respond(interaction: DiscordInteraction, type: InteractionResponseType, data: object): Promise<void> {
    try {
      const route = Routes.interactionCallback(interaction.id, interaction.token);
      await api.call('POST', route, { body: { type, data }, auth: false, attempts: 2 });
    } catch (error) {
      log.warn({ err: error }, 'a form was not opened, or a person was not told about it');
    }
  }

  const tell: Forms['tell'] = (interaction, sentence) =>
    respond(interaction, InteractionResponseType.ChannelMessageWithSource, {
      content: sentence,
      flags: EPHEMERAL,
      allowed_mentions: { parse: [] },
    });

  /** A store that fails costs the form, not the answer to the press. */
  async function formOf(button: string) {
    try {
      return await memory.formOf(button);
    } catch (error) {
      log.error({ err: error }, 'a form could not be read from the store');
      return null;
    }
  }

  return {
    tell,
    async keep(controls, post) {
      for (const control of controls) {
        if (control.form !== undefined) await memory.keepForm(customId(control, post), control.form);
      }
    },
    async open(press) {
      const id = press.data?.custom_id ?? '';
      const form = await formOf(id);
      if (form === null) return tell(press, FORM_GONE);
      const components = form.fields.map(labelled);
      await respond(press, InteractionResponseType.Modal, { custom_id: id, title: form.title, components });
    },
    async read({ data }) {
      const answers = (data?.components ?? []).flatMap(({ component }) => {
        if (component === undefined) return [];
        return [[component.custom_id, component.value ?? component.values?.[0] ?? ''] as const];
      });
      return readFields(await formOf(data?.custom_id ?? ''), Object.fromEntries(answers));
    },
  };
}

function labelled(field: FormField): object {
  return { type: ComponentType.Label, label: field.label, component: inputOf(field) };
}

function inputOf({ name, options, required, maxLength }: FormField): object {
  const common = { custom_id: name, required: required === true };
  if (options !== undefined) {
    const choices = options.map((option) => ({ label: option, value: option }));
    return { type: ComponentType.StringSelect, ...common, options: choices };
  }
  return {
    type: ComponentType.TextInput,
    ...common,
    style: TextInputStyle.Paragraph,
    max_length: maxLength ?? MAX_TEXT_LENGTH,
  };
}
