// Reads one typed line: a command with a slash, or words with the paths of files among them (dragging a file into a terminal types its path).
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, extname, resolve } from 'node:path';

export interface TypedFile {
  path: string;
  name: string;
  mediaType: string;
  size: number;
}

export type TypedLine =
  | { kind: 'empty' }
  | { kind: 'command'; name: string; argument: string; files: TypedFile[] }
  | { kind: 'message'; text: string; files: TypedFile[] };

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.dcm': 'application/dicom',
  '.svg': 'image/svg+xml',
  '.pdf': 'application/pdf',
  '.zip': 'application/zip',
  '.mp4': 'video/mp4',
};

export function readTypedLine(line: string): TypedLine {
  const trimmed = line.trim();
  if (trimmed === '') return { kind: 'empty' };
  const command = /^\/([a-z][a-z-]*)(?:\s+(.*))?$/s.exec(trimmed);
  if (command !== null && fileAt(trimmed) === null) {
    const { text, files } = split(command[2] ?? '');
    return { kind: 'command', name: command[1] ?? '', argument: text, files };
  }
  return { kind: 'message', ...split(trimmed) };
}

/** Words in the order typed, without those that are paths of existing files. Quotes and backslashes as a shell would take them. */
function split(text: string): { text: string; files: TypedFile[] } {
  const words = text.match(/'[^']*'|"[^"]*"|(?:\\.|[^\s'"\\])+|\S/g) ?? [];
  const files: TypedFile[] = [];
  const rest = words.filter((word) => {
    const quoted = /^(['"])(.*)\1$/s.exec(word);
    const file = fileAt(quoted === null ? word.replace(/\\(.)/g, '$1') : (quoted[2] ?? ''));
    if (file !== null) files.push(file);
    return file === null;
  });
  return files.length === 0 ? { text, files } : { text: rest.join(' '), files };
}

function fileAt(word: string): TypedFile | null {
  if (!/[./~\\]/.test(word)) return null;
  const path = resolve(word.replace(/^file:\/\//, '').replace(/^~(?=\/)/, homedir()));
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return null;
  const mediaType = MEDIA_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
  return { path, name: basename(path), mediaType, size: stat.size };
}
