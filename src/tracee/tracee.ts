/**
 * What portrace does to one stopped task. All functions throw `TaskGone` when SIGKILL took the task
 * out of its stop.
 */
import { addon } from './addon.js';
import { answered } from './errno.js';
import { DEBUG_CONTROL, DEBUG_REGISTERS, REGISTER_SET_ROOM, RegisterSet, Request } from './requests.js';
import { SIGINFO_SIZE, type Stop } from './stop.js';
import type { Registers } from '../base/registers.js';

const ARGUMENTS = new Float64Array(6);
const RESULT = new Float64Array(1);

const ENOEXEC = 8;

// Short pieces are cut from larger ones of memory: an ArrayBuffer for each costs as much as to read it. Both in bytes.
const SHORT = 1024;
const SLAB = 32768;
let slab = new ArrayBuffer(0);
let slabUsed = 0;

/** Fresh memory, zero, at a multiple of eight in its buffer. */
function room(length: number): Uint8Array {
  if (!(length <= SHORT)) return new Uint8Array(length);
  if (slabUsed + length > slab.byteLength) {
    slab = new ArrayBuffer(SLAB);
    slabUsed = 0;
  }
  const piece = new Uint8Array(slab, slabUsed, length);
  slabUsed += Math.ceil(length / 8) * 8;
  return piece;
}

export class Tracee {
  constructor(readonly tid: number) {}

  /** Lets the task run. `request` is one of cont, syscall, sysemu, singleStep, sysemuSingleStep. */
  resume(request: number, signal = 0): void {
    answered(addon.resume(this.tid, request, signal), this.tid, 'resume a task');
  }

  /** Lets the task run and waits for its next stop; for a task that runs alone. */
  resumeAndWait(request: number, stop: Stop, signal = 0): void {
    answered(addon.resumeAndWait(this.tid, request, signal, stop.block), this.tid, 'resume a task');
  }

  /** Waits for this task's next stop. */
  wait(stop: Stop): void {
    answered(addon.wait(this.tid, -1, stop.block), this.tid, 'wait for a task');
  }

  registers(into: Registers): Registers {
    const result = addon.requestBytes(this.tid, Request.getRegisters, 0, into.bytes);
    answered(result, this.tid, 'read registers');
    return into;
  }

  setRegisters(registers: Registers): void {
    const result = addon.setRegisters(this.tid, registers.bytes);
    answered(result, this.tid, 'write registers');
  }

  /** Extended state (NT_X86_XSTATE), as many bytes as the processor has. */
  xstate(): Uint8Array {
    const room = new Uint8Array(REGISTER_SET_ROOM);
    const size = answered(addon.getRegisterSet(this.tid, RegisterSet.xstate, room), this.tid, 'read extended state');
    return room.slice(0, size);
  }

  setXstate(bytes: Uint8Array): void {
    answered(addon.setRegisterSet(this.tid, RegisterSet.xstate, bytes), this.tid, 'write extended state');
  }

  siginfo(): Uint8Array {
    const into = new Uint8Array(SIGINFO_SIZE);
    answered(addon.requestBytes(this.tid, Request.getSiginfo, 0, into), this.tid, 'read siginfo');
    return into;
  }

  setSiginfo(bytes: Uint8Array): void {
    const result = addon.requestBytes(this.tid, Request.setSiginfo, 0, bytes);
    answered(result, this.tid, 'write siginfo');
  }

  /** What an event stop tells (the new task's id, the exit status). */
  eventMessage(): number {
    const into = new BigUint64Array(1);
    const bytes = new Uint8Array(into.buffer);
    const result = addon.requestBytes(this.tid, Request.getEventMessage, 0, bytes);
    answered(result, this.tid, 'read an event');
    return Number(into[0]);
  }

  /** Up to `length` bytes of memory: fewer where the mapping ends. */
  read(address: number, length: number): Uint8Array {
    const into = room(length);
    const got = addon.readMemory(this.tid, address, into);
    if (got < 0) answered(got, this.tid, 'read memory');
    return got === length ? into : into.subarray(0, got);
  }

  /** Fills `into`; answers how many bytes were there. */
  readInto(address: number, into: Uint8Array): number {
    return answered(addon.readMemory(this.tid, address, into), this.tid, 'read memory');
  }

  write(address: number, bytes: Uint8Array): void {
    const put = addon.writeMemory(this.tid, address, bytes);
    answered(put, this.tid, `write ${bytes.length} bytes at 0x${address.toString(16)}`);
  }

  /**
   * Writes as the kernel does when it answers a call of the task: not where the task may not write.
   * Answers how many bytes were written.
   */
  copyOut(address: number, bytes: Uint8Array): number {
    return answered(addon.copyOut(this.tid, address, bytes), this.tid, 'write memory');
  }

  /**
   * Makes one system call in the task, at an address that holds a `syscall` instruction, and puts
   * its registers back. Answers the call's result; signals that came meanwhile are added to `held`.
   */
  call(site: number, number: number, args: readonly number[], held: Uint8Array[]): number {
    for (let i = 0; i < 6; i++) ARGUMENTS[i] = args[i] ?? 0;
    answered(addon.inject(this.tid, site, number, ARGUMENTS, RESULT, held), this.tid, 'make a system call');
    return RESULT[0]!;
  }

  /**
   * As `call`, for a task that gets no signals, in fewer stops. False where there is no `syscall`
   * instruction at the site.
   */
  callByStep(site: number, number: number, args: readonly number[]): number | false {
    for (let i = 0; i < 6; i++) ARGUMENTS[i] = args[i] ?? 0;
    const error = addon.callByStep(this.tid, site, number, ARGUMENTS, RESULT);
    if (error === -ENOEXEC) return false;
    answered(error, this.tid, 'make a system call');
    return RESULT[0]!;
  }

  setBreakpoint(slot: number, address: number): void {
    const result = addon.setBreakpoint(this.tid, slot, address);
    answered(result, this.tid, 'set a hardware breakpoint');
  }

  /** All debug registers that say what to stop at: DR0 to DR3, and DR7. */
  setDebugRegisters(addresses: readonly number[], control: number): void {
    const put = (index: number, value: number): void => {
      answered(addon.request(this.tid, Request.pokeUser, DEBUG_REGISTERS + index * 8, value), this.tid, 'set a debug register');
    };
    put(DEBUG_CONTROL, 0);
    addresses.forEach((address, slot) => put(slot, address));
    put(DEBUG_CONTROL, control);
  }

  clearBreakpoint(slot: number): void {
    this.setBreakpoint(slot, 0);
  }

  /** Stops a running task of a seized group; the stop is an event stop. */
  interrupt(): void {
    answered(addon.request(this.tid, Request.interrupt, 0, 0), this.tid, 'interrupt a task');
  }
}
