import { parentPort, workerData } from 'node:worker_threads'
import { sendPaced } from './paced.ts'

parentPort?.postMessage(await sendPaced(workerData))
