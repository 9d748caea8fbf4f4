#!/bin/sh
# After the app's code: puts the guard into API Management (infra/connect.bicep), with the app's key or with an identity. Without azd, run it by hand.
# It can run again at any time: the deployment says what should be there.
set -eu
cd "$(dirname "$0")/../.."
. infra/hooks/common.sh

profile >/dev/null
needs_azure
[ -n "${AZURE_RESOURCE_GROUP:-}" ] || stop "AZURE_RESOURCE_GROUP is not set."

sh infra/hooks/postgres-role.sh

# What passes by itself: a role that isn't everywhere yet, a function or key that the host hasn't made yet, a service that is busy.
passing='Forbidden|AuthorizationFailed|AccessDenied|AccessToKeyVaultWasDenied|does not have secrets get permission|caller is not authorized|PrincipalNotFound'
passing="$passing|NotFound|Conflict|ServiceActivating|TooManyRequests|InternalServerError|BadGateway|ServiceUnavailable|GatewayTimeout|EncountersAnError"

problems=$(mktemp)
trap 'rm -f "$problems"' EXIT
try=1
until app=$(azure deployment group create --name hx-connect --resource-group "$AZURE_RESOURCE_GROUP" \
  --parameters infra/connect.bicepparam --query properties.outputs.appToRestart.value --output tsv 2>"$problems"); do
  cat "$problems" >&2
  grep -Eq "$passing" "$problems" || stop "That doesn't pass by waiting. Put it right, then: azd hooks run postdeploy"
  [ "$try" -lt "$tries" ] || stop "Gave up after $tries tries. Nothing is half done that another run doesn't finish: azd hooks run postdeploy"
  say "try $try: not yet; again in $pause s"
  try=$((try + 1))
  sleep "$pause"
done
if [ -n "$app" ]; then
  say "restarts $app: at its start it looks whether authentication stands before it"
  again azure functionapp restart --name "$app" --resource-group "$AZURE_RESOURCE_GROUP" --output none ||
    stop "$app doesn't restart, and may still ask for a key, which closes the guard: azd hooks run postdeploy"
fi
if [ -n "${HX_LLM_GATEWAY_URL:-}" ]; then
  say "API Management asks the guard. To see it: hx gateway check (docs/gateway-check.md)"
else
  say "No API was made that asks the guard: include a fragment in yours, and set GUARD_BASE_PATH to its path (docs/azure.md)"
fi
