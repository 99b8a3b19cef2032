/** What Linux tells of processes and processors, from /proc. */
import { readFileSync } from "node:fs";

/** USER_HZ, the unit of the kernel's times towards programs: 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The second field is the program's name in parentheses and may hold spaces and parentheses itself. */
const fieldsBehindName = (stat: string): string[] => stat.slice(stat.lastIndexOf(")") + 2).split(" ");

/** Processor time in user and kernel mode of a whole process, from the text of /proc/PID/stat, in seconds. */
export function parseProcessCpu(stat: string): number {
  const fields = fieldsBehindName(stat);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The same of its children that have ended, and of theirs. */
export function parseEndedChildrenCpu(stat: string): number {
  const fields = fieldsBehindName(stat);
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

export interface MachineTime {
  /** All processors together, in seconds. */
  readonly total: number;
  readonly idle: number;
  /** What the host gave to others while this machine had work. */
  readonly steal: number;
}

/** The first line of /proc/stat. */
export function parseMachineTime(stat: string): MachineTime {
  const [line = ""] = stat.split("\n", 1);
  const seconds = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  // Guest time, fields 9 and 10, is already in user time.
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = seconds;
  const total = user + nice + system + idle + ioWait + irq + softIrq + steal;
  return { total, idle: idle + ioWait, steal };
}

/** Resident memory from the text of /proc/PID/status, in bytes. */
export function parseResident(status: string): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error("this process has no resident memory");
  return Number(kibibytes) * 1024;
}

/** The process and all that descend from it, by id. */
export function processTree(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  const ids = children.split(" ").filter(Boolean).map(Number);
  return [pid, ...ids.flatMap(processTree)];
}

const sumOverTree = (pid: number, value: (stat: string) => number): number =>
  processTree(pid).reduce((sum, id) => sum + value(readFileSync(`/proc/${id}/stat`, "utf8")), 0);

/** Processor time of the process and all that descend from it, in seconds. */
export const cpuSeconds = (pid: number): number => sumOverTree(pid, parseProcessCpu);

/** The same with all that descended from it and have ended. */
export const familyCpuSeconds = (pid: number): number =>
  sumOverTree(pid, (stat) => parseProcessCpu(stat) + parseEndedChildrenCpu(stat));

/** Resident memory of the process and all that descend from it, in bytes. Pages that they share count for each. */
export const residentBytes = (pid: number): number =>
  processTree(pid).reduce((sum, id) => sum + parseResident(readFileSync(`/proc/${id}/status`, "utf8")), 0);

export const machineTime = (): MachineTime => parseMachineTime(readFileSync("/proc/stat", "utf8"));
