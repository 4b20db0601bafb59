// Interactions of the local REST API: answered within three seconds, continued through their token for its lifetime.

import { checkModal } from './message-limits.ts';
import { type Around, changeMessage, newMessage } from './message-routes.ts';
import { messageJson } from './payloads.ts';
import { Refusal, type RestRequest } from './rest-request.ts';
import type { Modal, StoredInteraction, StoredMessage } from './store.ts';

export interface InteractionTimes {
  answerWithinMs: number;
  tokenLifeMs: number;
}

const MESSAGE = 4;
const MODAL = 9;
const SUBMISSION = 5;

function byToken({ store }: Around, token: string, times: InteractionTimes): StoredInteraction {
  const interaction = [...store.interactions.values()].find((each) => each.token === token);
  if (interaction === undefined) throw new Refusal(404, 10_015, 'Unknown Webhook');
  if (Date.now() - interaction.at > times.tokenLifeMs) throw new Refusal(401, 50_027, 'Invalid Webhook Token');
  if (interaction.callback === null) throw new Refusal(404, 10_015, 'Unknown Webhook');
  return interaction;
}

export function callback(around: Around, request: RestRequest, id: string, token: string, times: InteractionTimes) {
  const { store } = around;
  const interaction = store.interactions.get(id);
  if (interaction === undefined || interaction.token !== token || Date.now() - interaction.at > times.answerWithinMs)
    throw new Refusal(404, 10_062, 'Unknown interaction');
  if (interaction.callback !== null) throw new Refusal(400, 40_060, 'Interaction has already been acknowledged.');
  if (request.body.type === MODAL) {
    // A form cannot be the answer to a form.
    if (interaction.type === SUBMISSION) throw new Refusal(400, 50_035, 'Invalid Form Body: type');
    checkModal(request.body.data as Modal);
    interaction.modal = request.body.data as Modal;
  }
  const ephemeral = ((request.body.data?.flags ?? 0) & 64) !== 0;
  interaction.callback = { type: request.body.type ?? 0, at: Date.now(), ephemeral };
  if (interaction.callback.type === MESSAGE) {
    const said = newMessage(around, { ...request, body: request.body.data as never }, interaction.channel);
    said.interaction = token;
    if (ephemeral) said.onlyFor = interaction.user;
    return undefined;
  }
  if (interaction.callback.type !== 5) return undefined;
  const message = newMessage(around, { ...request, body: { content: '…' } as never }, interaction.channel);
  Object.assign(message, { content: '', thinking: true, interaction: token });
  if (ephemeral) Object.assign(message, { onlyFor: interaction.user, flags: 64 });
  interaction.original = message.id;
  return {
    interaction: { id, type: interaction.type },
    resource: { type: 5, message: messageJson(store, message, around.links) },
  };
}

export function followUp(around: Around, request: RestRequest, token: string, times: InteractionTimes): unknown {
  const interaction = byToken(around, token, times);
  const message = newMessage(around, request, interaction.channel);
  message.interaction = token;
  if (((request.body.flags ?? 0) & 64) !== 0) message.onlyFor = interaction.user;
  return messageJson(around.store, message, around.links);
}

export function webhookMessage(
  around: Around,
  request: RestRequest,
  token: string,
  id: string,
  times: InteractionTimes,
): unknown {
  const interaction = byToken(around, token, times);
  const message: StoredMessage | undefined = around.store.messages.get(
    id === '@original' ? (interaction.original ?? interaction.message ?? '') : id,
  );
  if (message === undefined) throw new Refusal(404, 10_008, 'Unknown Message');
  if (request.method === 'DELETE') {
    around.store.messages.delete(message.id);
    return undefined;
  }
  if (request.method === 'PATCH') changeMessage(around, request, message);
  return messageJson(around.store, message, around.links);
}
