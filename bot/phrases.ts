// Everything the bot itself says to people, in the languages it offers; what models are told is in prompts/, errors bring their own sentence.

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Phrases {
  again: string;
  answerAgain: string;
  stop: string;
  confirm: string;
  helpful: string;
  notHelpful: string;
  forget: string;
  help: string;
  received(file: string, index: number, count: number): string;
  waiting(lane: number, all: number): string;
  reading(file: string): string;
  thinking: string;
  /** `file`: its name as shown; null where it is not known. */
  report(file: string | null, film: number, films: number): string;
  madeBy(bundle: string, version: string, hash: string): string;
  firstContact(intendedUse: string): string;
  priorsDropped(count: number): string;
  contradiction(label: string, says: 'present' | 'absent', probability: string, threshold: string): string;
  stopped: string;
  stoppedEarly: string;
  cutShort: string;
  tooManyImages(limit: number): string;
  notRead(file: string, why: string): string;
  pictureMissing: string;
  confirmTitle(film: number, films: number): string;
  /** What the encoder says of a finding, beside yes or no. */
  believed(probability: number, threshold: number): string;
  yes: string;
  no: string;
  notAssessed(labels: string): string;
  thanks: string;
  nothingRunning: string;
  nothingHere: string;
  noImageYet: string;
  /** `stays`: the messages of the thread are still there for people to see. */
  forgotten(films: number, turns: number, stays: boolean): string;
  nothingToForget: string;
  imageDeleted: string;
  questionDeleted: string;
  superseded: string;
  laterForgotten(count: number): string;
  settings(prompt: string, language: string, read: string): string;
  settingsSaved: string;
  settingsUsage: string;
  status(facts: StatusFacts): string;
  helpText(intendedUse: string, maxImages: number): string;
  unknownCommand(name: string): string;
  retrying: string;
  notKept: string;
  modelsMissing: string;
  interrupted: string;
  emptyMessage: string;
  readAnyway: string;
  questionTooLong(limit: number): string;
}

export interface StatusFacts {
  bundle: string;
  version: string;
  hash: string;
  running: number;
  waiting: number;
  films: number;
  turns: number;
}

/** A sentence as it goes on after a colon. */
const inside = (sentence: string): string => sentence.replace(/^(?:It|The|Black) /, (word) => word.toLowerCase());

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

const EN: Phrases = {
  again: 'Report again',
  answerAgain: 'Answer again',
  stop: 'Stop',
  confirm: 'Yes or no, finding by finding',
  helpful: 'Helpful',
  notHelpful: 'Not helpful',
  forget: 'Forget this case',
  help: 'Help',
  received: (file, index, count) => `Received ${count > 1 ? `film ${index} of ${count}: ` : ''}**${file}**.`,
  waiting: (lane, all) =>
    lane > 0
      ? `Waiting: ${lane === 1 ? 'one request' : `${lane} requests`} in this thread ${lane === 1 ? 'comes' : 'come'} first.`
      : `Waiting: ${all === 1 ? 'one request' : `${all} requests`} from elsewhere ${all === 1 ? 'comes' : 'come'} first.`,
  reading: (file) => `Reading **${file}** …`,
  thinking: 'Thinking …',
  report: (file, film, films) =>
    `**Draft report**${file === null ? '' : ` · ${file}`}${films > 1 ? ` · film ${film} of this thread` : ''}`,
  madeBy: (bundle, version, hash) =>
    `Drafted by ${bundle} ${version} (\`${hash}\`). Not a diagnosis: a physician must check it against the images.`,
  firstContact: (intendedUse) => `**Before you use this:** ${intendedUse}`,
  priorsDropped: (count) =>
    `(${count === 1 ? 'One sentence was' : `${count} sentences were`} left out: compared with an earlier film, but none was given.)`,
  contradiction: (label, says, probability, threshold) =>
    says === 'absent'
      ? `⚠ This says there is no ${label}, but the image encoder gives it ${probability} (counts as present from ${threshold}).`
      : `⚠ This mentions ${label}, but the image encoder gives it only ${probability} (counts as present from ${threshold}).`,
  stopped: 'Stopped.',
  stoppedEarly: '(Stopped here.)',
  cutShort: '(The answer reached its length limit here.)',
  tooManyImages: (limit) => `at most ${limit} images of one message are read; please send the rest in another message`,
  notRead: (file, why) => `**${file}** was not read: ${inside(why)}`,
  pictureMissing: '(The finding panel is missing: the image was erased before a restart.)',
  confirmTitle: (film, films) => `**Asked again, finding by finding**${films > 1 ? ` (film ${film})` : ''}`,
  believed: (probability, threshold) => `encoder ${percent(probability)}, threshold ${percent(threshold)}`,
  yes: 'yes',
  no: 'no',
  notAssessed: (labels) => `Not assessed by this bundle: ${labels}.`,
  thanks: 'Thank you, that was noted.',
  nothingRunning: 'Nothing is running here.',
  nothingHere: 'There is no report in this thread that this could be about.',
  noImageYet:
    'I have seen no image here yet. Upload a chest radiograph (PNG, JPEG, WebP, TIFF or DICOM) and I will draft a report.',
  forgotten: (films, turns, stays) =>
    `Forgotten: ${films === 1 ? 'one film' : `${films} films`} and ${turns === 1 ? 'one answer' : `${turns} answers`}. Checked: nothing of this case is stored any more. ${stays ? 'What stands in this thread stays until you delete it.' : 'Its conversation is gone from this page.'}`,
  nothingToForget:
    'There is no case here that I could forget: write "forget this case" in the thread of the case that you mean.',
  imageDeleted:
    'The image was deleted, so this report was taken back and the case was forgotten. Upload it again to start over.',
  questionDeleted: 'The question was deleted, so its answer was taken back.',
  superseded: 'The question was edited; the answer follows.',
  laterForgotten: (count) =>
    `(${count === 1 ? 'One later answer is' : `${count} later answers are`} no longer part of the conversation.)`,
  settings: (prompt, language, read) =>
    `**Settings of this channel**\n- prompt: \`${prompt}\`\n- language: \`${language}\`\n- read: \`${read}\``,
  settingsSaved: 'Saved.',
  settingsUsage:
    'Change one with `settings prompt basic|specific|confirm|pediatric`, `settings language en|de` or `settings read every|mentioned`.',
  status: (facts) =>
    `**${facts.bundle} ${facts.version}** (\`${facts.hash}\`)\n- running: ${facts.running}, waiting: ${facts.waiting}\n- this thread: ${counted(facts.films, 'film')}, ${counted(facts.turns, 'answer')}`,
  helpText: (intendedUse, maxImages) =>
    `**What I do:** I draft a report on each chest radiograph that is uploaded here (PNG, JPEG, WebP, TIFF or DICOM; up to ${maxImages} in one message) and answer questions in its thread.\n\n- ask anything in the thread: "What is the differential diagnosis?", "And the next examination?"\n- add another film to the thread to speak about both\n- \`again\`: another draft · \`stop\`: end an answer · \`any more certain?\`: yes or no for each finding, beside its probability\n- \`helpful\` / \`not helpful\`: tell us how the draft was\n- edit your question and it is answered anew; delete an image and all about it goes\n- \`forget this case\`: everything stored about this thread is erased\n- commands: \`help\`, \`status\`, \`settings\`, \`forget\`, \`read\`\n\n${intendedUse}`,
  unknownCommand: (name) => `I don't know the command "${name}". Try \`help\`.`,
  retrying: 'My memory cannot be reached at the moment; this is kept and tried again.',
  modelsMissing:
    'My model cannot be loaded at the moment, so I cannot answer; the operator can see why. Please try again later.',
  notKept: 'My memory cannot be reached at the moment, so I could not take this in. Please send it again in a minute.',
  interrupted: 'This could not be finished, although it was tried several times. The operator can see why in the log.',
  emptyMessage: 'There was neither a question nor an image in that.',
  readAnyway: 'If it is one, upload it again with the words "read anyway".',
  questionTooLong: (limit) => `The question is too long: at most ${limit} characters, please.`,
};

const DE: Phrases = {
  ...EN,
  again: 'Neuer Entwurf',
  answerAgain: 'Neue Antwort',
  stop: 'Anhalten',
  confirm: 'Ja oder nein, Befund für Befund',
  helpful: 'Hilfreich',
  notHelpful: 'Nicht hilfreich',
  forget: 'Fall vergessen',
  help: 'Hilfe',
  received: (file, index, count) => `Erhalten${count > 1 ? ` (Bild ${index} von ${count})` : ''}: **${file}**.`,
  waiting: (lane, all) =>
    `Bitte warten: ${lane > 0 ? `${lane} in diesem Thread` : `${all} andere`} ${(lane > 0 ? lane : all) === 1 ? 'kommt' : 'kommen'} zuerst.`,
  reading: (file) => `**${file}** wird gelesen …`,
  thinking: 'Einen Moment …',
  report: (file, film, films) =>
    `**Befundentwurf**${file === null ? '' : ` · ${file}`}${films > 1 ? ` · Bild ${film} dieses Threads` : ''}`,
  madeBy: (bundle, version, hash) =>
    `Entworfen von ${bundle} ${version} (\`${hash}\`). Keine Diagnose: ärztlich am Bild zu prüfen.`,
  firstContact: (intendedUse) => `**Vor der Benutzung:** ${intendedUse}`,
  priorsDropped: (count) =>
    `(${count === 1 ? 'Ein Satz' : `${count} Sätze`} mit Vergleich zu einer Voraufnahme ausgelassen: es liegt keine vor.)`,
  contradiction: (label, says, probability, threshold) =>
    says === 'absent'
      ? `⚠ Hier wird „${label}“ verneint, der Bild-Encoder gibt dafür ${probability} (gilt ab ${threshold} als vorhanden).`
      : `⚠ Hier ist von „${label}“ die Rede, der Bild-Encoder gibt dafür nur ${probability} (gilt ab ${threshold} als vorhanden).`,
  stopped: 'Angehalten.',
  stoppedEarly: '(Hier angehalten.)',
  cutShort: '(Die Antwort hat hier ihre Höchstlänge erreicht.)',
  tooManyImages: (limit) =>
    `höchstens ${limit} Bilder einer Nachricht werden gelesen; bitte den Rest in einer weiteren senden`,
  notRead: (file, why) => `**${file}** wurde nicht gelesen: ${inside(why)}`,
  pictureMissing: '(Die Befundtafel fehlt: das Bild war vor einem Neustart schon gelöscht.)',
  confirmTitle: (film, films) => `**Befund für Befund nachgefragt**${films > 1 ? ` (Bild ${film})` : ''}`,
  believed: (probability, threshold) => `Encoder ${percent(probability)}, Schwelle ${percent(threshold)}`,
  yes: 'ja',
  no: 'nein',
  notAssessed: (labels) => `Von diesem Modell nicht beurteilt: ${labels}.`,
  thanks: 'Danke, das ist vermerkt.',
  nothingRunning: 'Hier läuft gerade nichts.',
  nothingHere: 'In diesem Thread gibt es keinen Entwurf, auf den sich das beziehen könnte.',
  noImageYet:
    'Hier wurde noch kein Bild hochgeladen. Laden Sie ein Thoraxbild hoch (PNG, JPEG, WebP, TIFF oder DICOM).',
  forgotten: (films, turns, stays) =>
    `Vergessen: ${films} ${films === 1 ? 'Bild' : 'Bilder'} und ${turns} ${turns === 1 ? 'Antwort' : 'Antworten'}. Geprüft: von diesem Fall ist nichts mehr gespeichert. ${stays ? 'Was in diesem Thread steht, bleibt, bis Sie es löschen.' : 'Das Gespräch ist von dieser Seite verschwunden.'}`,
  nothingToForget:
    'Hier gibt es keinen Fall, den ich vergessen könnte: schreiben Sie „Fall vergessen“ in den Thread des Falls, der gemeint ist.',
  imageDeleted: 'Das Bild wurde gelöscht; der Entwurf ist zurückgenommen und der Fall vergessen.',
  questionDeleted: 'Die Frage wurde gelöscht; die Antwort ist zurückgenommen.',
  settings: (prompt, language, read) =>
    `**Einstellungen dieses Kanals**\n- prompt: \`${prompt}\`\n- language: \`${language}\`\n- read: \`${read}\``,
  settingsSaved: 'Gespeichert.',
  status: (facts) =>
    `**${facts.bundle} ${facts.version}** (\`${facts.hash}\`)\n- läuft: ${facts.running}, wartet: ${facts.waiting}\n- dieser Thread: Bilder: ${facts.films}, Antworten: ${facts.turns}`,
  laterForgotten: (count) =>
    `(${count === 1 ? 'Eine spätere Antwort gehört' : `${count} spätere Antworten gehören`} nicht mehr zum Gespräch.)`,
  superseded: 'Die Frage wurde geändert; die Antwort folgt.',
  unknownCommand: (name) => `Den Befehl „${name}“ kenne ich nicht. Versuchen Sie \`help\`.`,
  helpText: (intendedUse, maxImages) =>
    `**Was ich tue:** Ich entwerfe einen Befund zu jedem Thoraxbild, das hier hochgeladen wird (PNG, JPEG, WebP, TIFF oder DICOM; bis zu ${maxImages} je Nachricht), und beantworte Fragen dazu im Thread. Entwürfe und Antworten sind englisch.\n\n- im Thread fragen: "What is the differential diagnosis?"\n- ein weiteres Bild in den Thread stellen, um über beide zu sprechen\n- \`nochmal\`: neuer Entwurf · \`stopp\`: Antwort anhalten · \`wie sicher\`: ja oder nein je Befund, mit Wahrscheinlichkeit\n- \`hilfreich\` / \`nicht hilfreich\`: wie war der Entwurf\n- eine geänderte Frage wird neu beantwortet; mit einem gelöschten Bild verschwindet alles dazu\n- \`Fall vergessen\`: alles Gespeicherte zu diesem Thread wird gelöscht\n- Befehle: \`help\`, \`status\`, \`settings\`, \`forget\`, \`read\`\n\n${intendedUse}`,
  settingsUsage:
    'Ändern mit `settings prompt basic|specific|confirm|pediatric`, `settings language en|de` oder `settings read every|mentioned`.',
  modelsMissing:
    'Das Modell kann gerade nicht geladen werden; der Betreiber sieht den Grund. Bitte später noch einmal versuchen.',
  notKept: 'Mein Gedächtnis ist gerade nicht erreichbar; bitte in einer Minute noch einmal senden.',
  interrupted:
    'Das ließ sich trotz mehrerer Versuche nicht zu Ende bringen. Der Betreiber sieht den Grund im Protokoll.',
  emptyMessage: 'Das enthielt weder eine Frage noch ein Bild.',
  readAnyway: 'Falls doch: noch einmal mit den Worten „read anyway“ hochladen.',
  questionTooLong: (limit) => `Die Frage ist zu lang: bitte höchstens ${limit} Zeichen.`,
  retrying: 'Mein Gedächtnis ist gerade nicht erreichbar; die Anfrage ist aufbewahrt und wird wiederholt.',
};

const ALL: Readonly<Record<Language, Phrases>> = { en: EN, de: DE };

export function phrasesOf(language: Language): Phrases {
  return ALL[language];
}

/** 0.834 → "83 %"; never 0 % or 100 %, which no model may claim. */
export function percent(probability: number): string {
  if (probability < 0.01) return '< 1 %';
  if (probability > 0.99) return '> 99 %';
  return `${Math.round(probability * 100)} %`;
}
