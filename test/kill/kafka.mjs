// The long form of test/kafka-proof/kills.test.ts: three queries from Kafka to Kafka, killed with SIGKILL at random moments,
// with connections cut and the broker crashed in between; then Kafka's own client must find every row once.
//
//   node test/kill/kafka.mjs [--kills 100] [--broker-restarts 5] [--seed S]
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' }, 'broker-restarts': { type: 'string', default: '5' }, seed: { type: 'string' } } })
const child = spawn('npx', ['--no-install', 'vitest', 'run', 'test/kafka-proof/kills.test.ts', '--reporter=verbose'], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  stdio: 'inherit',
  env: {
    ...process.env,
    MILLRACE_KAFKA_REQUIRED: '1',
    MILLRACE_TEST_KAFKA_KILLS: values.kills,
    MILLRACE_TEST_KAFKA_RESTARTS: values['broker-restarts'],
    ...(values.seed === undefined ? {} : { MILLRACE_TEST_SEED: values.seed }),
  },
})
child.on('close', code => (process.exitCode = code ?? 1))
