#!/bin/sh
# Before "azd down", which deletes the whole resource group: stops when something in it is not of this environment.
set -eu
cd "$(dirname "$0")/../.."
. infra/hooks/common.sh

needs_azure
[ -n "${AZURE_RESOURCE_GROUP:-}" ] || stop "AZURE_RESOURCE_GROUP is not set."
[ -n "${AZURE_ENV_NAME:-}" ] || stop "AZURE_ENV_NAME is not set."

if [ "${HX_DOWN:-}" = everything ]; then
  say "HX_DOWN=everything: deletes $AZURE_RESOURCE_GROUP with all that is in it"
  exit 0
fi

resources=$(mktemp)
trap 'rm -f "$resources"' EXIT
azure resource list --resource-group "$AZURE_RESOURCE_GROUP" --query '[].[tags."azd-env-name", type, name]' --output tsv >"$resources"
tab=$(printf '\t')
foreign=0
while IFS=$tab read -r environment type name; do
  case $environment/$type/$name in
    "$AZURE_ENV_NAME"/*) ;;
    # Azure makes these beside ours, without tags: cards of private endpoints, and Application Insights' own alert.
    */Microsoft.Network/networkInterfaces/nic-pe-*) ;;
    */[Mm]icrosoft.[Aa]lerts[Mm]anagement/smartDetectorAlertRules/*) ;;
    */[Mm]icrosoft.[Ii]nsights/action[Gg]roups/'Application Insights Smart Detection') ;;
    *)
      say "not of environment $AZURE_ENV_NAME: $type $name" >&2
      foreign=$((foreign + 1))
      ;;
  esac
done <"$resources"
[ "$foreign" -eq 0 ] || stop "azd down would delete them with the group $AZURE_RESOURCE_GROUP. docs/azure.md says how to delete one environment; HX_DOWN=everything deletes all."
say "all in $AZURE_RESOURCE_GROUP is of environment $AZURE_ENV_NAME"
