import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type Metric,
  type OpenMetricsContentType,
  Registry,
} from 'prom-client'

/** What a gateway counts of itself. Labels have few values each, none of which a caller chooses: no account, no client, no text of theirs. */
export type Metrics = {
  /** A request was answered, or its client went away. @param seconds null for a stream, which ends when its client likes */
  request(route: string, status: number, seconds: number | null): void
  /** The token endpoint has answered. @param error the code of its refusal; null where it issued a token */
  token(error: string | null): void
  /** Asked at each look: open WebSockets, event streams and exports. */
  watch(feedWatchers: () => number): void
  sealer: {
    /** A checkpoint was signed, of so many events in all and so many new ones. */
    signed(size: number, added: number): void
    /** A round is through, and left so many accounts unsigned because their history does not fit. */
    round(refused: number): void
  }
  /** All of them as text. @param open in OpenMetrics 1.0, else in Prometheus' own format */
  text(open: boolean): Promise<{ contentType: string; body: string }>
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** @param ofProcess memory, processor time and the like of this process as well: once a process, they are never let go */
export function createMetrics(ofProcess = false): Metrics {
  const plain = new Registry()
  const registers = [plain]
  const requests = new Counter({
    name: 'chatelaine_http_requests_total',
    help: 'Requests that were answered, by route and status. Status 0: the client went away before.',
    labelNames: ['route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'chatelaine_http_request_duration_seconds',
    help: 'How long requests took, by route; event streams and exports left out.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  })
  const issued = new Counter({
    name: 'chatelaine_tokens_issued_total',
    help: 'Access tokens that were issued.',
    registers,
  })
  const refused = new Counter({
    name: 'chatelaine_tokens_refused_total',
    help: 'Token requests that were refused, by the error code of RFC 6749.',
    labelNames: ['error'],
    registers,
  })
  let countWatchers = () => 0
  const watchers: Gauge = new Gauge({
    name: 'chatelaine_feed_watchers',
    help: 'Open WebSockets and event streams, and exports under way.',
    registers,
    collect: () => watchers.set(countWatchers()),
  })
  const events = new Counter({
    name: 'chatelaine_audit_events_total',
    help: 'Events that this gateway has sealed. Each is sealed by one gateway, within seconds of its commit: their sum counts each event once.',
    registers,
  })
  const sealedSize = new Gauge({
    name: 'chatelaine_sealer_last_checkpoint_sequence',
    help: 'The last sequence in the checkpoint that this gateway has signed last.',
    registers,
  })
  const sealedAt = new Gauge({
    name: 'chatelaine_sealer_last_checkpoint_timestamp_seconds',
    help: 'When this gateway has signed its last checkpoint; 0 for never.',
    registers,
  })
  const roundAt = new Gauge({
    name: 'chatelaine_sealer_last_round_timestamp_seconds',
    help: 'When this gateway has last looked through what there is to seal; 0 for never.',
    registers,
  })
  const refusing = new Gauge({
    name: 'chatelaine_sealer_refused_accounts',
    help: 'Accounts of which nothing is signed, because their history does not extend what was signed. More than 0 is an alarm.',
    registers,
  })
  if (ofProcess) collectDefaultMetrics({ register: plain })
  const open = new Registry<OpenMetricsContentType>()
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  for (const { name } of plain.getMetricsAsArray()) open.registerMetric(plain.getSingleMetric(name) as Metric)

  return {
    request(route, status, seconds) {
      requests.inc({ route, status })
      if (seconds !== null) durations.observe({ route }, seconds)
    },
    token: (error) => (error === null ? issued.inc() : refused.inc({ error })),
    watch(feedWatchers) {
      countWatchers = feedWatchers
    },
    sealer: {
      signed(size, added) {
        events.inc(added)
        sealedSize.set(size)
        sealedAt.setToCurrentTime()
      },
      round(accounts) {
        refusing.set(accounts)
        roundAt.setToCurrentTime()
      },
    },
    async text(inOpenMetrics) {
      const registry = inOpenMetrics ? open : plain
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}
