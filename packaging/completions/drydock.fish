# SPDX-License-Identifier: Apache-2.0
# Completion of drydock(1) for fish.
set -l commands init validate plan run resume status cancel approve history show explain replay rehearse learn

complete -c drydock -f
complete -c drydock -s h -l help -d 'Show what there is'
complete -c drydock -l version -d 'Print the version'

complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a init -d 'Write a commented starter fleet file'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a validate -d 'Check a fleet file'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a plan -d 'Show the batches that would run'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a run -d 'Apply the change under the policy'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a resume -d 'Go on with an upgrade that was cut short'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a status -d 'Tell how the upgrade of a file stands'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a cancel -d 'Have the upgrade of a file cancelled'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a approve -d 'Let it go on from a checkpoint or a failed hook'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a history -d 'List the upgrades that were kept'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a show -d 'Tell what an upgrade did, and why'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a explain -d 'Tell why an upgrade is not moving, or ended so'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a replay -d 'Decide an upgrade again from its journal, and compare'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a rehearse -d 'Run the upgrade many times in virtual time'
complete -c drydock -n "not __fish_seen_subcommand_from $commands" -a learn -d 'Turn events of past runs into a [rehearsal] table'

# What the commands work on.
complete -c drydock -n '__fish_seen_subcommand_from init' -a '(__fish_complete_directories)'
complete -c drydock -n '__fish_seen_subcommand_from validate plan run resume status cancel approve rehearse' -k -a '(__fish_complete_suffix .toml)'
complete -c drydock -n '__fish_seen_subcommand_from history show explain replay' -k -a '(__fish_complete_suffix .toml)'
complete -c drydock -n '__fish_seen_subcommand_from history show explain replay' -k -a '(__fish_complete_suffix .db)'
complete -c drydock -n '__fish_seen_subcommand_from learn' -F

complete -c drydock -n '__fish_seen_subcommand_from plan run resume status history show explain replay rehearse' -l json -d 'Print the result as JSON'
complete -c drydock -n '__fish_seen_subcommand_from plan run rehearse' -l instances -x -a "'*'" -d 'a,b or *'
complete -c drydock -n '__fish_seen_subcommand_from plan run resume status cancel approve history explain replay rehearse learn' -l scale-set -x -d 'This one of several in the file'
complete -c drydock -n '__fish_seen_subcommand_from plan' -l probe -d 'Ask the instances for their health first'
complete -c drydock -n '__fish_seen_subcommand_from run resume rehearse' -l events -r -F -d 'Write events as JSON Lines'
complete -c drydock -n '__fish_seen_subcommand_from run resume rehearse' -l quiet -d 'Show no progress'
complete -c drydock -n '__fish_seen_subcommand_from run rehearse' -l seed -x -d 'Another seed than the one of the file'
complete -c drydock -n '__fish_seen_subcommand_from run resume' -l keep -d 'Leave the teardown out'
complete -c drydock -n '__fish_seen_subcommand_from cancel' -l now -d 'End what is in flight, and count it as failed'
complete -c drydock -n '__fish_seen_subcommand_from cancel' -l abandon -d 'Give up an upgrade that was cut short'
complete -c drydock -n '__fish_seen_subcommand_from approve' -l reject -d 'Do not let it go on'
complete -c drydock -n '__fish_seen_subcommand_from approve' -l message -x -d 'Why, for the record'
complete -c drydock -n '__fish_seen_subcommand_from approve' -l question -x -d 'Only if this is the question'
complete -c drydock -n '__fish_seen_subcommand_from explain' -l upgrade -x -d 'The id of the upgrade'
complete -c drydock -n '__fish_seen_subcommand_from explain' -l events -r -F -d 'What run --events wrote'
complete -c drydock -n '__fish_seen_subcommand_from explain' -l instance -x -d 'Explain this instance alone'
complete -c drydock -n '__fish_seen_subcommand_from replay' -l policy -r -k -a '(__fish_complete_suffix .toml)' -d 'Say where its policy would have decided otherwise'
complete -c drydock -n '__fish_seen_subcommand_from run' -l rehearse-first -x -d 'Rehearse so many runs first'
complete -c drydock -n '__fish_seen_subcommand_from run' -l max-fault-probability -x -a '0.01 0.05 0.1' -d 'How many may fault'
complete -c drydock -n '__fish_seen_subcommand_from rehearse' -l runs -x -d 'How many runs'
complete -c drydock -n '__fish_seen_subcommand_from rehearse' -l jobs -x -d Threads
complete -c drydock -n '__fish_seen_subcommand_from rehearse' -l until-precision -x -a '0.01 0.02 0.05' -d 'Stop when the odds are known so well'
complete -c drydock -n '__fish_seen_subcommand_from rehearse' -l html -r -F -d 'Write a page with pictures'
complete -c drydock -n '__fish_seen_subcommand_from rehearse' -l vary -x -d 'KEY=VALUE,VALUE: lay settings side by side' -a 'max_batch_instance_percent= max_unhealthy_instance_percent= max_unhealthy_upgraded_instance_percent= pause_time_between_batches= prioritize_unhealthy_instances= enable_cross_zone_upgrade= rollback_failed_instances_on_policy_breach= max_batch_instances= max_unhealthy_instances= min_ready= health_timeout= progress_deadline= ignore_unhealthy_before_start= batching= rollback= checkpoints= bake= approval='
complete -c drydock -n '__fish_seen_subcommand_from rehearse' -l compare -r -k -a '(__fish_complete_suffix .toml)' -d 'Another fleet file to lay beside it'
complete -c drydock -n '__fish_seen_subcommand_from rehearse' -l run -x -d 'Replay this run alone'
