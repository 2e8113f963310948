/** The environment variable of a setting: `maxRows` is read from `MILLRACE_MAX_ROWS`. */
export function variableOf(setting: string): string {
  return `MILLRACE_${setting.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`
}
