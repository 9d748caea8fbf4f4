// The names that the app's telemetry has (meter HxFunctions), for the alerts and the workbook. They change here and nowhere else.

@export()
@description('Metrics of the meter "HxFunctions", as Azure Monitor OpenTelemetry stores them in AppMetrics: the name as it is; the value of a gauge, or what was added to a counter since the last export, in Sum; of a histogram Sum, ItemCount, Min and Max.')
var metricNames = {
  // Gauge by dependency: 1 pass or warn, 0 fail or unknown.
  dependencyState: 'hx.dependency.state'
  // Histogram by dependency and reason, in seconds.
  probeDuration: 'hx.probe.duration'
  // Counter by rule, verdict (open, closed) and mode (enforce, shadow, off).
  guardDecisions: 'hx.guard.decisions'
  // Gauge by dependency, in seconds: how old what the instance knows is.
  snapshotAge: 'hx.snapshot.age'
  // Counter by dependency and reason.
  transitions: 'hx.transitions'
  // Counter by outcome (completed, failed).
  timerRuns: 'hx.timer.runs'
  // Gauge by mode: 1 while an override is in effect.
  override: 'hx.override'
}

@export()
@description('Dimensions of these metrics, in the column Properties.')
var dimensionNames = {
  dependency: 'dependency'
  reason: 'reason'
  rule: 'rule'
  verdict: 'verdict'
  mode: 'mode'
  outcome: 'outcome'
}

@export()
@description('Puts names in the place of {{name}}.')
func filled(text string, names object) string =>
  reduce(items(names), text, (done, name) => replace(string(done), '{{${name.key}}}', string(name.value)))
