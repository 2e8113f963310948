import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import { describeKafka } from '../../support/kafka.ts'
import { portConformance } from './conformance.ts'

describeKafka('the port over kafkajs', kafka => portConformance(kafka, openKafka))
