// Alerts on what the app reports, and on its silence: connect.bicep makes them, when there is code that could report.
import { resourceNames } from '../names.bicep'
import { metricNames, dimensionNames, filled } from '../telemetry.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource names.')
param names resourceNames

@description('Log Analytics.')
param workspaceId string

@description('Application Insights: only its telemetry counts, whoever else writes to the workspace.')
param insightsId string

@description('The function app. Whoever is told learns which one.')
param functionAppId string

@description('Mail addresses to tell.')
param emails string[]

@description('Action groups to tell besides, by resource id.')
param actionGroupIds string[]

@description('How often the alerts look, as an ISO 8601 duration. Every minute costs twice as much as every five.')
@allowed(['PT1M', 'PT5M'])
param frequency string

@description('Seconds between two checks.')
param checkIntervalSeconds int

var fillings = union(metricNames, dimensionNames, {
  insightsId: insightsId
  // The app drops what is older than two intervals and a check timeout; one more interval for the way of the metric.
  oldestSnapshot: string(3 * checkIntervalSeconds + 5)
})

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: names.actionGroup
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'hx'
    emailReceivers: [
      for (address, index) in emails: { name: 'mail-${index}', emailAddress: address, useCommonAlertSchema: true }
    ]
  }
}

var actionGroups = concat(actionGroupIds, empty(emails) ? [] : [mail.id])

// Every query gives rows only when something is wrong, with the number to look at in Value. A window is longer than the time between two
// looks and the minutes that ingestion takes together: what came late for one look is seen by the next.
// https://learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time
var rules = [
  {
    name: 'dependency-down'
    severity: 1
    description: 'A dependency has been down for five minutes. What to do: the runbook, and /health/all with the function key.'
    query: loadTextContent('../monitoring/dependency-down.kql')
    window: 'PT15M'
    dimension: dimensionNames.dependency
  }
  {
    name: 'guard-closed'
    severity: 2
    description: 'The guard refuses requests. /guard/verdicts says which routes, /health/all why.'
    query: loadTextContent('../monitoring/guard-closed.kql')
    window: 'PT15M'
    dimension: dimensionNames.rule
  }
  {
    name: 'snapshot-too-old'
    severity: 1
    description: 'What the app knows is too old, or it reports nothing at all. Look whether the app runs and whether Redis takes its writes.'
    query: loadTextContent('../monitoring/snapshot-too-old.kql')
    window: 'PT15M'
    dimension: ''
  }
  {
    name: 'timer-stopped'
    severity: 2
    description: 'The timer has not run for half an hour. While the guard is in use its own checks hide that. A restart may not help: the runbook.'
    query: loadTextContent('../monitoring/timer-stopped.kql')
    // At least three intervals: the longest is half an hour.
    window: checkIntervalSeconds <= 600 ? 'PT30M' : 'PT2H'
    dimension: ''
  }
  {
    name: 'function-errors'
    severity: 2
    description: 'Functions throw. A gateway treats their answers as closed.'
    query: loadTextContent('../monitoring/function-errors.kql')
    window: 'PT15M'
    dimension: ''
  }
  {
    name: 'requests-failing'
    severity: 1
    description: 'The host answers requests with errors that are not the guard\'s: its worker is dead, or functions throw. A gateway refuses all guarded routes meanwhile.'
    query: loadTextContent('../monitoring/requests-failing.kql')
    window: 'PT15M'
    dimension: ''
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'alert-${names.functionApp}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'HxFunctions: ${rule.name}'
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: frequency
      windowSize: rule.window
      autoMitigate: true
      // The tables come into being with the first telemetry.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: filled(rule.query, fillings)
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'Value'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: empty(rule.dimension) ? [] : [{ name: 'Subject', operator: 'Include', values: ['*'] }]
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: actionGroups, customProperties: { functionApp: functionAppId } }
    }
  }
]
