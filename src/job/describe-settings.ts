import { escapeControls } from '../common/log-lines.ts'
import type { Job } from './define-job.ts'
import { variableOf } from './variable-names.ts'

/** A setting as `--help --json` prints it. */
export interface SettingDescription {
  readonly name: string
  readonly variable: string
  readonly kind: string
  readonly expects: string
  readonly required: boolean
  readonly secret: boolean
  readonly default: unknown
  readonly doc: string
}

export function describeSettings(job: Job): readonly SettingDescription[] {
  return Object.entries(job.config).map(([name, s]) => ({
    name, variable: variableOf(name), kind: s.kind, expects: s.expects, required: s.required, secret: s.secret, default: s.secret ? null : (s.defaultValue ?? null), doc: s.doc,
  }))
}

/** The same for people: two lines a setting. */
export function settingsText(job: Job): string {
  const settings = describeSettings(job)
  if (settings.length === 0) return 'It has no settings.\n'
  const width = Math.max(...settings.map(s => s.name.length))
  return settings
    .map(s => {
      const given = s.secret ? `from ${s.variable}, ${s.variable}_FILE, or file:PATH` : s.variable
      const rest = s.required ? 'required' : s.default === null ? 'not needed' : `default ${JSON.stringify(s.default)}`
      return escapeControls(`  ${s.name.padEnd(width)}  ${s.doc} (${s.expects}; ${rest}; ${given})`)
    })
    .join('\n')
}
