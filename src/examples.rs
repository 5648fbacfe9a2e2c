//! What ends every help. Each line can be typed as it stands, and a test reads it.

/// The examples of a command, by its full name.
pub fn examples(command: &str) -> &'static [&'static str] {
    let name = command.strip_prefix("smart-router").unwrap_or(command).trim();
    EXAMPLES.iter().find(|(it, _)| *it == name).map_or(&[], |(_, lines)| *lines)
}

/// By what follows the program's name.
const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "smart-router",
            "smart-router --config ./smart-router.yaml --listen 0.0.0.0:8801",
            "smart-router token create --caller demo",
        ],
    ),
    (
        "standalone",
        &[
            "smart-router standalone",
            "smart-router standalone --config ./smart-router.yaml --data-dir /var/lib/smart-router",
        ],
    ),
    (
        "control-plane",
        &[
            "smart-router control-plane --data-dir /var/lib/smart-router",
            "smart-router control-plane --database-url postgres://router@db.internal/router --admin-listen 0.0.0.0:8080",
        ],
    ),
    (
        "data-plane",
        &[
            "smart-router data-plane --control-plane https://control.internal:50050 --region eu",
            "smart-router data-plane --listen 0.0.0.0:8801 --body-limit 64MiB --drain-timeout 45s",
        ],
    ),
    ("sandbox", &["smart-router sandbox", "smart-router sandbox --listen localhost:8802 --journal 100"]),
    ("config", &["smart-router config check smart-router.yaml", "smart-router config apply smart-router.yaml"]),
    (
        "config check",
        &[
            "smart-router config check smart-router.yaml --resolve",
            "envsubst < template.yaml | smart-router config check -",
        ],
    ),
    (
        "config apply",
        &[
            "smart-router config apply smart-router.yaml --comment 'add the team search'",
            "smart-router config apply smart-router.yaml --expected-version 41",
        ],
    ),
    ("config diff", &["smart-router config diff smart-router.yaml", "smart-router config diff - --output json"]),
    (
        "config watch",
        &["smart-router config watch smart-router.yaml", "smart-router config watch smart-router.yaml --interval 5s"],
    ),
    ("config export", &["smart-router config export > smart-router.yaml", "smart-router config export --version 12"]),
    ("config versions", &["smart-router config versions", "smart-router config versions --output json"]),
    (
        "config patch",
        &["smart-router config patch weights.json --expected-version 41 --comment 'more for the cheap one'"],
    ),
    (
        "config rollback",
        &[
            "smart-router config rollback 12 --comment 'the new group is too slow'",
            "smart-router config rollback 12 --preview",
        ],
    ),
    ("config schema", &["smart-router config schema > smart-router.schema.json"]),
    ("token", &["smart-router token create --caller ana", "smart-router token list"]),
    (
        "token create",
        &[
            "smart-router token create --caller ana --name laptop --expires-in 90d",
            "smart-router token create --caller ci --output json",
        ],
    ),
    ("token list", &["smart-router token list", "smart-router token list --caller ana --output json"]),
    ("token rotate", &["smart-router token rotate k3v9x2m4q7ab --overlap 24h"]),
    ("token suspend", &["smart-router token suspend k3v9x2m4q7ab"]),
    ("token resume", &["smart-router token resume k3v9x2m4q7ab"]),
    ("token revoke", &["smart-router token revoke k3v9x2m4q7ab", "smart-router token revoke k3v9x2m4q7ab --wait=1m"]),
    (
        "access",
        &[
            "smart-router access --caller ana-search-dev --group fast",
            "smart-router access --project search --verdict blocked --output json",
        ],
    ),
    ("report-schedule", &["smart-router report-schedule list", "smart-router report-schedule send 5f1c09b2a7d34e86"]),
    (
        "report-schedule create",
        &[
            "smart-router report-schedule create --name 'Spend of last week' --webhook finance --every week --group-by project,model",
            "smart-router report-schedule create --name Search --webhook finance --every month --project search --timezone Europe/Berlin",
        ],
    ),
    ("report-schedule list", &["smart-router report-schedule list", "smart-router report-schedule list --output json"]),
    ("report-schedule send", &["smart-router report-schedule send 5f1c09b2a7d34e86"]),
    ("report-schedule sends", &["smart-router report-schedule sends 5f1c09b2a7d34e86 --limit 100"]),
    ("report-schedule pause", &["smart-router report-schedule pause 5f1c09b2a7d34e86"]),
    ("report-schedule resume", &["smart-router report-schedule resume 5f1c09b2a7d34e86"]),
    ("report-schedule remove", &["smart-router report-schedule remove 5f1c09b2a7d34e86"]),
    ("admin-session", &["smart-router admin-session list", "smart-router admin-session end k3v9x2m4q7ab"]),
    ("admin-session list", &["smart-router admin-session list", "smart-router admin-session list --output json"]),
    ("admin-session end", &["smart-router admin-session end k3v9x2m4q7ab"]),
    ("admin-token", &["smart-router admin-token create --name ci --role operator", "smart-router admin-token list"]),
    (
        "admin-token create",
        &[
            "smart-router admin-token create --name grafana --role viewer --expires-in 365d",
            "smart-router admin-token create --name 'lead of search' --role project-admin --project search",
        ],
    ),
    ("admin-token list", &["smart-router admin-token list", "smart-router admin-token list --output json"]),
    ("admin-token revoke", &["smart-router admin-token revoke k3v9x2m4q7ab"]),
    ("credential", &["smart-router credential list", "smart-router credential set openai --file -"]),
    (
        "credential set",
        &[
            "smart-router credential set openai --file /run/secrets/openai",
            "pass show openai | smart-router credential set openai --file -",
        ],
    ),
    ("credential list", &["smart-router credential list", "smart-router credential list --output json"]),
    ("credential delete", &["smart-router credential delete openai"]),
    ("audit", &["smart-router audit list"]),
    (
        "audit requests",
        &[
            "smart-router audit requests --failed --since 24h",
            "smart-router audit requests --actor admin-token/4fJ2kQ9sT1aZ",
        ],
    ),
    (
        "audit list",
        &["smart-router audit list --action token. --since 7d", "smart-router audit list --before 100 --output json"],
    ),
    (
        "report",
        &[
            "smart-router report",
            "smart-router report --since 7d --group-by caller,model --filter project=search --output csv",
            "smart-router report --attempts --since 1h --filter region=eu",
        ],
    ),
    (
        "request",
        &[
            "smart-router request list --since 1h --filter code=upstream-timeout",
            "smart-router request show req_019aa7c2d5f07c1e8a4b6f0e2d3c4b5a",
        ],
    ),
    (
        "request list",
        &[
            "smart-router request list --since 1h --filter target=openai/gpt-5-mini --filter status=502",
            "smart-router request list --filter caller=ana --limit 5000 --output csv",
        ],
    ),
    (
        "request show",
        &[
            "smart-router request show req_019aa7c2d5f07c1e8a4b6f0e2d3c4b5a",
            "smart-router request show req_019aa7c2d5f07c1e8a4b6f0e2d3c4b5a --output json",
        ],
    ),
    (
        "route",
        &[
            "smart-router route explain request.json --token \"$TOKEN\"",
            "smart-router route explain - --operation messages --router localhost:8801 --token \"$TOKEN\" < request.json",
        ],
    ),
    (
        "route explain",
        &[
            "smart-router route explain request.json --token \"$TOKEN\"",
            "smart-router route explain - --operation messages --router localhost:8801 --token \"$TOKEN\" < request.json",
        ],
    ),
    (
        "conformance",
        &[
            "smart-router conformance --model fast --token \"$TOKEN\"",
            "smart-router conformance --base-url localhost:8801 --token \"$TOKEN\" --client codex --output json",
        ],
    ),
    ("node", &["smart-router node list", "smart-router node join-token --ttl 1h"]),
    ("node list", &["smart-router node list", "smart-router node list --output json"]),
    (
        "node join-token",
        &[
            "smart-router node join-token --ttl 15m > join-token",
            "smart-router node join-token --uses 20 --ttl 7d > join-token",
        ],
    ),
    ("node drain", &["smart-router node drain 0f3c2a1b", "smart-router node drain 0f3c2a1b --off"]),
    ("node rotate", &["smart-router node rotate 0f3c2a1b"]),
    ("node forget", &["smart-router node forget 0f3c2a1b"]),
    ("node revoke", &["smart-router node revoke 0f3c2a1b"]),
    ("db", &["smart-router db migrate --database-url sqlite:///var/lib/smart-router/control-plane.db"]),
    ("db migrate", &["smart-router db migrate --database-url sqlite:///var/lib/smart-router/control-plane.db"]),
    (
        "db rotate-master-key",
        &["smart-router db rotate-master-key --new-master-key-file new.key --data-dir /var/lib/smart-router"],
    ),
    ("db adopt", &["smart-router db adopt", "smart-router db adopt --at-least 4711"]),
    (
        "db backup",
        &[
            "smart-router db backup /backups/monday --data-dir /var/lib/smart-router",
            "smart-router db backup /backups/monday --database-url postgres://router@db.internal/router --output json",
        ],
    ),
    (
        "db restore",
        &[
            "smart-router db restore /backups/monday --data-dir /var/lib/smart-router",
            "smart-router db restore /backups/monday --database-url postgres://router@db.internal/router --force",
        ],
    ),
    ("health", &["smart-router health", "smart-router health --url http://127.0.0.1:8080/livez"]),
    ("doctor", &["smart-router doctor", "smart-router doctor --data-dir /var/lib/smart-router --output json"]),
    ("version", &["smart-router version", "smart-router version --output json"]),
    ("completions", &["smart-router completions bash > /etc/bash_completion.d/smart-router"]),
];
