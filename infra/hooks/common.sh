# What the hooks share. POSIX sh.

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

needs_azure() {
  command -v az >/dev/null || stop "The Azure CLI (az) is missing: https://learn.microsoft.com/cli/azure/install-azure-cli"
  azure account show --output none 2>/dev/null || stop "The Azure CLI has no login for this subscription: az login"
}
