# SPDX-License-Identifier: Apache-2.0
# What summary.jq made, for people.
def pad($n): tostring | . + (" " * ([$n - length, 1] | max));
def row($what; $value; $ratio; $bar):
  ($what | pad(44)) + ($value | pad(14)) + ($ratio | tostring | pad(12)) + $bar;

"medians of \(.rounds) rounds on \(.processors) processors at a load of \(.loadAverage); \(.server) answers", "",
row("measure"; "value"; "ratio"; "bar"),
(.fleet // empty |
  row("\(.instances) instances: drydock"; "\(.drydock.seconds) s"; ""; ""),
  row("  xargs and curl"; "\(.xargs.seconds) s";
    .ratios.drydockToXargs; "drydock / xargs <= 1.3"),
  (.ansible // empty | row("  Ansible"; "\(.seconds) s"; ""; "")),
  (.ratios.ansibleToDrydock // empty | row(""; ""; .; "Ansible / drydock >= 50"))),
(.sleep // empty |
  row("\(.instances) x sleep 0.2: drydock"; "\(.drydock.seconds) s"; ""; ""),
  row("  xargs batch by batch"; "\(.xargs.seconds) s";
    .ratios.drydockToXargs; "drydock / xargs <= 1.15")),
(.probes // empty |
  row("probes a second, \(.connections) connections: drydock"; .perSecond.prober; ""; ""),
  row("  libcurl and epoll"; .perSecond.bare; .ratios.proberToBare; "drydock / bare >= 0.85"),
  row("  libcurl and curl_multi_poll"; .perSecond.barePoll; .ratios.proberToBarePoll;
    "drydock / bare >= 0.85"),
  (.perSecond.wrk // empty | row("  wrk"; .; ""; "")),
  (.ratios.proberToWrk // empty | row(""; ""; .; "drydock / wrk, no bar"))),
(.validate // empty |
  row("drydock validate of the example"; "\(.milliseconds) ms"; ""; "<= 15 ms"))
