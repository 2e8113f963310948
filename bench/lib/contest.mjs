import { spawn } from 'node:child_process'

/**
 * Runs a contestant in a process of its own, so that no heap or compiled code of another helps or harms it. It prints
 * one line of JSON: { seconds, answer, … }.
 */
export function contestant(script, args, nodeFlags = []) {
  return program(process.execPath, [...nodeFlags, script, ...args])
}

/** The same for a program that is none of Node's. */
export function program(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', chunk => (text += chunk))
    child.on('error', reject)
    child.on('close', code => {
      const line = text.trim().split('\n').at(-1)
      if (code !== 0) reject(new Error(`${command} ${args.join(' ')} ended with code ${code}`))
      else resolve(JSON.parse(line))
    })
  })
}

/**
 * All contestants, round after round, so that a slow minute of the machine meets each of them. The best round of each
 * counts. `expected` is the right answer; who has another one is shown without a rate.
 */
export async function contest(contestants, { rounds, expected }) {
  const best = new Map()
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contestants) {
      const result = await run()
      const known = best.get(name)
      const wrong = known?.wrong === true || (result.answer !== undefined && result.answer !== expected)
      best.set(name, { ...(known !== undefined && known.seconds < result.seconds ? known : result), wrong })
    }
  }
  return best
}

/** Prints seconds, rate and the ratio to the first contestant. */
export function table(best, { events, unit, reference }) {
  const base = best.get(reference)
  const ratio = `against ${reference}`
  console.log(`${'contestant'.padEnd(30)} ${'seconds'.padStart(8)} ${'CPU s'.padStart(8)} ${`M ${unit}/s`.padStart(12)} ${ratio}`)
  for (const [name, r] of best) {
    if (r.wrong) console.log(`${name.padEnd(30)} wrong answer`)
    else console.log(`${name.padEnd(30)} ${r.seconds.toFixed(3).padStart(8)} ${(r.cpuSeconds?.toFixed(2) ?? '').padStart(8)} ${(events / r.seconds / 1e6).toFixed(3).padStart(12)} ${(base.seconds / r.seconds).toFixed(2).padStart(ratio.length - 1)}x`)
  }
}
