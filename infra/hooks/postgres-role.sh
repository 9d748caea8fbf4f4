#!/bin/sh
# Makes the role of the app's identity in PostgreSQL, by a job inside the network. postdeploy.sh runs it; without azd, run it by hand.
# It can run again at any time: what is there stays as it is. "start" leaves the deployment out, for container-apps/deploy.sh, which has made the job.
set -eu
cd "$(dirname "$0")/../.."
. infra/hooks/common.sh

environment=$(profile)
if [ "${PG_AUTH:-entra}" != entra ] || [ "${HX_POSTGRES_SOURCE:-new}" != new ]; then
  say "PostgreSQL: no role to make (login by password, or a server of yours)"
  exit 0
fi
deployment=hx-container-apps
if [ "${1:-}" != start ]; then
  if [ "$environment" = dev ]; then
    say "PostgreSQL: no role to make (with the profile dev the app's identity is an administrator)"
    exit 0
  fi
  deployment=hx-postgres-role
fi
needs_azure
[ -n "${AZURE_RESOURCE_GROUP:-}" ] || stop "AZURE_RESOURCE_GROUP is not set."

# What passes by itself: an identity that isn't known everywhere yet, a server that is busy with another change.
passing='PrincipalNotFound|AadAuthOperationCannotBePerformed|ServerIsBusy|Conflict|TooManyRequests|InternalServerError|ServiceUnavailable|GatewayTimeout'
if [ "$deployment" = hx-postgres-role ]; then
  problems=$(mktemp)
  trap 'rm -f "$problems"' EXIT
  try=1
  until azure deployment group create --name hx-postgres-role --resource-group "$AZURE_RESOURCE_GROUP" --parameters infra/postgres-role.bicepparam \
    --output none 2>"$problems"; do
    cat "$problems" >&2
    grep -Eq "$passing" "$problems" || stop "That doesn't pass by waiting. Put it right, then: sh infra/hooks/postgres-role.sh"
    [ "$try" -lt "$tries" ] || stop "Gave up after $tries tries. Run it again: sh infra/hooks/postgres-role.sh"
    say "try $try: not yet; again in $pause s"
    try=$((try + 1))
    sleep "$pause"
  done
fi

job=$(azure deployment group show --name "$deployment" --resource-group "$AZURE_RESOURCE_GROUP" \
  --query properties.outputs.postgresRoleJobName.value --output tsv)
[ -n "$job" ] || stop "The deployment $deployment has made no job."

# The server may not know its new administrator yet: a run that failed is started again.
start=1
while :; do
  run=$(azure containerapp job start --name "$job" --resource-group "$AZURE_RESOURCE_GROUP" --query name --output tsv)
  say "PostgreSQL: run $run of the job $job"
  look=1
  while :; do
    status=$(azure containerapp job execution show --name "$job" --resource-group "$AZURE_RESOURCE_GROUP" --job-execution-name "$run" \
      --query properties.status --output tsv)
    case $status in
      Succeeded)
        say "PostgreSQL: the app's role may connect"
        exit 0
        ;;
      Failed | Degraded | Stopped) break ;;
    esac
    [ "$look" -lt "$tries" ] || stop "The run $run is still \"$status\". Its output: table ContainerAppConsoleLogs in Log Analytics."
    look=$((look + 1))
    sleep "$pause"
  done
  [ "$start" -lt 3 ] || stop "The job failed $start times. Its output: table ContainerAppConsoleLogs in Log Analytics. Then: sh infra/hooks/postgres-role.sh"
  say "the run ended as $status; once more"
  start=$((start + 1))
done
