/** Which files make up a log, and which tool wrote it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Trouble } from '../base/errors.js';
import { rowNamed } from '../syscalls/index.js';
import type { ImportTool } from '../trace/index.js';
import { understood } from './cursor.js';
import { gvisorLine } from './gvisor-lines.js';
import { LogFile } from './log-file.js';
import type { StraceLog } from './strace.js';
import { straceBeginning, straceEvent, straceLine } from './strace-lines.js';

/**
 * The files of a log: the file itself; NAME.PID of `strace -ff -o NAME`; in a folder, the log of
 * gVisor's sandbox. Throws Trouble('trace') where there is none.
 */
export function findLogs(path: string): StraceLog[] {
  if (!existsSync(path)) {
    const files = filesOfProcesses(path);
    if (files.length > 0) return files;
  } else if (statSync(path).isDirectory()) return [{ file: LogFile.open(sandboxLog(path)) }];
  const file = LogFile.open(path);
  const pid = onlyPid(file);
  return [{ file, ...(pid !== undefined && { pid }) }];
}

// How far into a log without pids something is looked for that tells the process's.
const FIRST_LINES = 1000;
const TELLS_PID = /^(?:set_tid_address\(.*\)|getpid\(\)|gettid\(\)) += (\d+)/;

/** Whose calls a log without pids has, as far as a call's result tells. */
function onlyPid(file: LogFile): number | undefined {
  for (const { text, number } of file.lines()) {
    const { pid, rest } = straceLine(text);
    if (pid !== undefined || number > FIRST_LINES) return undefined;
    const told = TELLS_PID.exec(rest)?.[1];
    if (told !== undefined) return Number(told);
  }
  return undefined;
}

function filesOfProcesses(path: string): StraceLog[] {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => ({ file: LogFile.open(join(folder, name)), pid: Number(name.slice(prefix.length)) }))
    .sort((a, b) => a.pid - b.pid);
}

function sandboxLog(folder: string): string {
  const names = readdirSync(folder).filter((name) => /\.boot(\.|$)/.test(name));
  const [name, ...more] = names;
  if (name === undefined) throw new Trouble('trace', `cannot import ${folder}: no file in it is the log of a gVisor sandbox (NAME.boot.txt); name a log`);
  if (more.length > 0) throw new Trouble('trace', `cannot import ${folder}: it has the logs of ${names.length} sandboxes; name one of them`);
  return join(folder, name);
}

/** Undefined where no line is one of a tool that is known. */
export function toolOf(logs: readonly StraceLog[], wanted?: ImportTool): ImportTool | undefined {
  for (const { file } of logs) {
    for (const { text } of file.lines()) {
      const tool = isGvisor(text) ? 'gvisor' : isStrace(text) ? 'strace' : undefined;
      if (tool !== undefined && (wanted === undefined || tool === wanted)) return tool;
    }
  }
  return undefined;
}

const isGvisor = (text: string): boolean => understood(() => gvisorLine(text)) !== undefined;

function isStrace(text: string): boolean {
  return understood(() => {
    const event = straceEvent(straceLine(text).rest);
    if (event.type === 'unfinished') return rowNamed(straceBeginning(event.begun).name) !== undefined;
    return event.type === 'call' ? rowNamed(event.call.name) !== undefined : event.type !== 'other';
  }) === true;
}
