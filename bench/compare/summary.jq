# SPDX-License-Identifier: Apache-2.0
# The measurements, one object each, to their medians and the ratios. A ratio is the
# median of those of single rounds, so that a machine that is slow for a while does
# not count.
def median: sort | if length == 0 then null
  elif length % 2 == 1 then .[(length - 1) / 2]
  else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def round_to($digits): if . == null then null
  else . * pow(10; $digits) | round / pow(10; $digits) end;
def values($what; $side): [.[] | select(.what == $what and .side == $side)];
def middle($what; $side): values($what; $side) | map(.value) | median;
def ratio($what; $above; $below):
  . as $all
  | [values($what; $above)[] | . as $x
     | $all | values($what; $below)[] | select(.round == $x.round) | $x.value / .value]
  | median | round_to(3);
def seconds($what; $side): {seconds: (middle($what; $side) | round_to(4))};
def measured($what): any(.[]; .what == $what);
def present: with_entries(select(.value != null and .value != {seconds: null}));

. as $all
| {rounds: $rounds, server: $server, processors: $processors, loadAverage: ($load | tonumber? // null)}
+ (if measured("fleet") then {fleet: {
    instances: $instances, batchPercent: 20,
    drydock: seconds("fleet"; "drydock"), xargs: seconds("fleet"; "xargs"),
    ansible: seconds("fleet"; "ansible"),
    ratios: ({ansibleToDrydock: ratio("fleet"; "ansible"; "drydock"),
              drydockToXargs: ratio("fleet"; "drydock"; "xargs")} | present)
  } | present} else {} end)
+ (if measured("sleep") then {sleep: {
    instances: $sleeps, commandSeconds: 0.2,
    drydock: seconds("sleep"; "drydock"), xargs: seconds("sleep"; "xargs"),
    ratios: {drydockToXargs: ratio("sleep"; "drydock"; "xargs")}
  }} else {} end)
+ (if measured("probes") then {probes: {
    connections: $instances,
    perSecond: ({prober: middle("probes"; "prober"), bare: middle("probes"; "bare"),
                 barePoll: middle("probes"; "bare-poll"), wrk: middle("probes"; "wrk")}
                | map_values(round_to(0)) | present),
    cpuMicrosecondsPerProbe: ({prober: middle("probeCpu"; "prober"),
                 bare: middle("probeCpu"; "bare"), barePoll: middle("probeCpu"; "bare-poll")}
                | map_values(round_to(1))),
    ratios: ({proberToBare: ratio("probes"; "prober"; "bare"),
              proberToBarePoll: ratio("probes"; "prober"; "bare-poll"),
              proberToWrk: ratio("probes"; "prober"; "wrk")} | present)
  }} else {} end)
+ (if measured("validate") then
    {validate: {milliseconds: (middle("validate"; "drydock") * 1000 | round_to(2))}}
  else {} end)
