// The form that tests of adapters open: one required text, one choice, one more text, behind a button with a value.
import type { Control, Form } from '../../bot/contract.ts';

export const FORM: Form = {
  title: 'My answer',
  submitLabel: 'Send my answer',
  fields: [
    { name: 'findings', label: 'What do you see?', kind: 'text', required: true, maxLength: 200 },
    { name: 'certainty', label: 'How sure are you?', kind: 'choice', options: ['Sure', 'Not sure at all'] },
    { name: 'other', label: 'What else could it be?', kind: 'text' },
  ],
};

export const FORM_CONTROL: Control = {
  action: 'case-answer',
  label: 'Give my answer',
  value: '7',
  style: 'primary',
  form: FORM,
};
