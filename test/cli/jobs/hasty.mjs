import { defineJob } from 'millrace'
import copy from './copy.mjs'

/** The job `copy`, which gives up after the second failure of a kind. */
export default defineJob({ ...copy, restart: { initialDelay: '5ms', sameFailures: 2 } })
