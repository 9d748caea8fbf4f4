# What the hooks share. POSIX sh.

# Git's sh on Windows would put its own folder in front of /subscriptions/... in what az gets, on the command line and in variables:
# https://github.com/Azure/azure-cli/blob/dev/doc/use_cli_with_git_bash.md, https://www.msys2.org/docs/filesystem-paths/
export MSYS_NO_PATHCONV=1 MSYS2_ARG_CONV_EXCL='*' MSYS2_ENV_CONV_EXCL='*'

# On Windows its lines end in CR LF: https://github.com/Azure/azure-cli/issues/33385
az() {
  printed=$(command az "$@") || return
  [ -z "$printed" ] || printf '%s\n' "$printed" | tr -d '\r'
}

say() { printf 'hx: %s\n' "$*"; }

stop() {
  printf 'hx: %s\n' "$*" >&2
  exit 1
}

# Seconds between two tries, and how many there are.
pause=${HX_HOOK_PAUSE:-20}
tries=${HX_HOOK_TRIES:-30}

# For what is refused until it is known everywhere.
again() {
  attempt=1
  until "$@"; do
    [ "$attempt" -lt "$tries" ] || return 1
    attempt=$((attempt + 1))
    sleep "$pause"
  done
}

# The profile, as infra/environment.bicep has it.
profile() {
  case ${HX_PROFILE:-} in
    dev | prod) printf '%s\n' "$HX_PROFILE" ;;
    '')
      case $(printf '%s' "${AZURE_ENV_NAME:-}" | tr '[:upper:]' '[:lower:]') in
        prod*) echo prod ;;
        *) echo dev ;;
      esac
      ;;
    *) stop "HX_PROFILE must be dev or prod, not \"$HX_PROFILE\"." ;;
  esac
}

# The subscription that azd deploys to, which need not be the one that the Azure CLI has by default.
azure() {
  if [ -n "${AZURE_SUBSCRIPTION_ID:-}" ]; then
    az "$@" --subscription "$AZURE_SUBSCRIPTION_ID"
  else
    az "$@"
  fi
}

# Of all environments there may be, this one: as ownerOf in infra/names.bicep. Needs the variable "profile".
owner() {
  [ -n "${AZURE_RESOURCE_GROUP:-}" ] || stop "AZURE_RESOURCE_GROUP is not set."
  subscription=${AZURE_SUBSCRIPTION_ID:-$(az account show --query id --output tsv)} || stop "The Azure CLI doesn't say which subscription it uses."
  printf '/subscriptions/%s/resourceGroups/%s/%s\n' "$subscription" "$AZURE_RESOURCE_GROUP" "${AZURE_ENV_NAME:-$profile}" | tr '[:upper:]' '[:lower:]'
}

needs_azure() {
  (unset -f az && command -v az >/dev/null) || stop "The Azure CLI (az) is missing: https://learn.microsoft.com/cli/azure/install-azure-cli"
  azure account show --output none 2>/dev/null || stop "The Azure CLI has no login for this subscription: az login"
}
