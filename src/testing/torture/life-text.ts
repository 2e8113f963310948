import type { CrashMode, Step } from '../simulation/simulated-crash.ts'
import type { EndMode } from './job.ts'

/** How and when a life ends. */
export interface Crash {
  readonly mode: EndMode
  readonly step: number
}

export function isFailure(mode: EndMode): mode is Exclude<EndMode, CrashMode> {
  return mode === 'fail' || mode === 'fail after'
}

export function crashText(crash: Crash | null): string {
  return crash === null ? '' : `, to crash (${crash.mode}) at step ${crash.step}`
}

export function stepText(step: Step): string {
  return `${step.kind} ${step.path}${step.sync === undefined ? '' : step.sync ? ' (synced)' : ' (not synced)'}`
}
