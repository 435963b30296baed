// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "version.hpp"
#include "watch_arguments.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

namespace {

using namespace drydock::cli;

/// Logs go where errors go: standard output belongs to results.
void set_up_log() {
  auto log = spdlog::stderr_logger_mt("drydock");
  log->set_pattern("drydock: %l: %v");
  spdlog::set_default_logger(std::move(log));
}

/// A descriptor that the caller closed would go to the next file opened, and with
/// it what is meant for a terminal. Opened for reading, lest writes succeed.
void keep_standard_descriptors() {
  int descriptor = 0;
  do
    descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO)
    close(descriptor);
}

/// CLI11 lets numbers that are too large pass.
std::string find_seed_problem(const std::string& text) {
  std::uint64_t seed = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, seed);
  return read.ec == std::errc() && read.ptr == end
           ? std::string()
           : text + " is no whole number from 0 to 18446744073709551615";
}

void add_file(CLI::App& command, std::filesystem::path& file) {
  command.add_option("FILE", file, "The fleet file")->required();
}

void add_scale_set(CLI::App& command, std::string& name) {
  command.add_option("--scale-set", name, "This one of several in the file");
}

/// The parts of `text` between commas, but for those in brackets, braces or quotes.
std::vector<std::string> split_values(const std::string& text) {
  std::vector<std::string> parts{{}};
  int depth = 0;
  char quote = 0;
  for (const auto c : text) {
    if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else
      depth += (c == '[' || c == '{') ? 1 : (c == ']' || c == '}') ? -1 : 0;
    if (c == ',' && depth == 0 && quote == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// `KEY=VALUE,VALUE…`, taken apart; the text of the problem when it is not.
std::string add_varied(const std::string& text, std::vector<varied_key>& to) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    return text
           + " is not KEY=VALUE,VALUE: say --vary max_batch_instance_percent=10,20";
  varied_key x{text.substr(0, equals), split_values(text.substr(equals + 1))};
  for (const auto& value : x.values)
    if (value.empty())
      return text + " has an empty value: leave the comma out";
  to.push_back(std::move(x));
  return {};
}

void add_rehearse(CLI::App& app, rehearse_options& to) {
  auto* command =
    app.add_subcommand("rehearse", "Run the upgrade many times in virtual time: odds, "
                                   "durations, pictures");
  add_file(*command, to.file);
  add_scale_set(*command, to.scale_set);
  command->add_option("--runs", to.runs, "How many runs; default 200")
    ->check(CLI::Range(1U, 100'000'000U));
  command->add_option("--seed", to.seed, "Another seed than the file's")
    ->check(find_seed_problem);
  command->add_option("--jobs", to.jobs, "Threads; default: one a core")
    ->check(CLI::Range(1U, 1024U));
  command
    ->add_option("--until-precision", to.until_precision,
                 "Stop when the 95 % intervals of all odds reach no farther than "
                 "this to either side, such as 0.02")
    ->check(CLI::Range(0.0001, 0.5));
  command->add_flag("--json", to.json, "Print the result as JSON");
  command->add_option("--html", to.html, "Write a page with pictures to this file");
  command
    ->add_option_function<std::vector<std::string>>(
      "--vary",
      [&to](const std::vector<std::string>& all) {
        for (const auto& text : all)
          if (const auto problem = add_varied(text, to.vary); !problem.empty())
            throw CLI::ValidationError("--vary", problem);
      },
      "KEY=VALUE,VALUE…: lay settings side by side; a key of [upgrade_policy.rolling], "
      "or the dotted path of any other")
    ->delimiter('\0');
  command->add_option("--compare", to.compare, "Another fleet file to lay beside it");
  command->add_option("--instances", to.instances, "a,b or * (manual mode)");
  auto* run = command->add_option("--run", to.run, "Replay this run alone")
                ->check(CLI::Range(1U, 4'294'967'295U));
  command
    ->add_option("--events", to.events,
                 "Of the replayed run: events as JSON Lines; - for standard output")
    ->needs(run);
  command->add_flag("--quiet", to.quiet, "Show no progress");
}

void add_run(CLI::App& app, run_options& ran) {
  auto* run = app.add_subcommand("run", "Apply the change under the policy");
  add_file(*run, ran.file);
  add_scale_set(*run, ran.scale_set);
  run->add_flag("--json", ran.json, "Print the summary as JSON on standard output");
  run->add_option("--events", ran.events,
                  "Write events as JSON Lines; - for standard output");
  run->add_option("--instances", ran.instances, "a,b or * (manual mode)");
  run->add_flag("--quiet", ran.quiet, "Show no progress");
  run->add_flag("--keep", ran.keep, "Leave the teardown out");
  run->add_option("--seed", ran.seed, "Another seed than the file's")
    ->check(find_seed_problem);
  auto* first =
    run
      ->add_option("--rehearse-first", ran.rehearse_first,
                   "Rehearse so many runs first, and refuse when too many fault")
      ->check(CLI::Range(1U, 100'000'000U));
  run
    ->add_option("--max-fault-probability", ran.max_fault_probability,
                 "How many may fault: a share; default 0.05")
    ->check(CLI::Range(0.0, 1.0))
    ->needs(first);
}

/// The options of `run` that going on with one has too.
void add_resume(CLI::App& app, run_options& ran) {
  auto* resume =
    app.add_subcommand("resume", "Go on with an upgrade that was cut short");
  add_file(*resume, ran.file);
  add_scale_set(*resume, ran.scale_set);
  resume->add_flag("--json", ran.json, "Print the summary as JSON on standard output");
  resume->add_option("--events", ran.events,
                     "Write events as JSON Lines, those of before included; - for "
                     "standard output");
  resume->add_flag("--quiet", ran.quiet, "Show no progress");
  resume->add_flag("--keep", ran.keep, "Leave the teardown out");
}

void add_store_commands(CLI::App& app, store_options& to) {
  auto* status = app.add_subcommand("status", "Tell how the upgrade of a file stands");
  status->add_option("FILE", to.where, "The fleet file")->required();
  auto* cancel = app.add_subcommand("cancel", "Have the upgrade of a file cancelled");
  cancel->add_option("FILE", to.where, "The fleet file")->required();
  auto* now =
    cancel->add_flag("--now", to.now, "End what is in flight, and count it as failed");
  cancel
    ->add_flag("--abandon", to.abandon,
               "Give up an upgrade that was cut short, as it stands, without going on")
    ->excludes(now);
  auto* approve = app.add_subcommand(
    "approve", "Let the upgrade of a file go on from a checkpoint or a failed hook");
  approve->add_option("FILE", to.where, "The fleet file")->required();
  approve->add_flag("--reject", to.reject, "Do not let it go on");
  approve->add_option("--message", to.message, "Why, for the record");
  approve
    ->add_option("--question", to.question,
                 "Only if this is the question; default: whichever is asked")
    ->check(CLI::Range(1U, 4'294'967'295U));
  auto* history = app.add_subcommand("history", "List the upgrades that were kept");
  auto* show = app.add_subcommand("show", "Tell what an upgrade did, and why");
  auto* replay = app.add_subcommand(
    "replay", "Decide an upgrade again from its journal, and compare");
  history->add_flag("--os-upgrades", to.os_upgrades,
                    "Those to newer images, of a fleet file: the last five");
  for (auto* command : {show, replay})
    command->add_option("ID", to.id, "The upgrade's id, or how it begins")->required();
  for (auto* command : {history, show, replay})
    command->add_option("STORE", to.where,
                        "A fleet file, a store's file or a postgresql:// address; "
                        "default: the only store in this folder");
  for (auto* command : {status, history, show, replay})
    command->add_flag("--json", to.json, "Print it as JSON");
  for (auto* command : {status, cancel, approve, history, replay})
    add_scale_set(*command, to.scale_set);
  replay->add_option("--policy", to.policy,
                     "A fleet file: say where its policy would have decided otherwise");
}

void add_explain(CLI::App& app, explain_options& to) {
  auto* command =
    app.add_subcommand("explain", "Tell why an upgrade is not moving, or ended so");
  auto* where = command->add_option(
    "FILE", to.where,
    "A fleet file, a store's file or a postgresql:// address; default: the only store "
    "in this folder");
  auto* id = command->add_option("--upgrade", to.id,
                                 "The upgrade's id, or how it begins; default: the "
                                 "newest");
  command
    ->add_option("--events", to.events, "What run --events wrote, in place of FILE")
    ->excludes(where)
    ->excludes(id);
  command->add_option("--instance", to.instance, "Explain this instance alone");
  add_scale_set(*command, to.scale_set);
  command->add_flag("--json", to.json, "Print it as JSON, with all instances");
}

/// Says what is wrong with the command line, or gives the help that was asked for.
int complain(const CLI::App& app, const CLI::ParseError& e, const std::string& word) {
  if (e.get_name() == "RequiredError" && !word.empty() && word[0] != '-'
      && app.get_subcommands().empty()) {
    std::string names;
    const auto known = app.get_subcommands(nullptr);
    for (const auto* command : known) {
      if (!names.empty())
        names += command == known.back() ? " and " : ", ";
      names += command->get_name();
    }
    std::cerr << "drydock: error: there is no command \"" << word
              << "\"; the commands are " << names << '\n';
    return exit_refused;
  }
  // CLI11 has statuses of its own; ours are in docs/interface.md.
  return app.exit(e) == 0 ? exit_done : exit_refused;
}

/// What the commands are told.
struct all_options {
  std::filesystem::path folder = ".";
  std::filesystem::path file;
  plan_options planned;
  run_options ran;
  store_options stored;
  explain_options to_explain;
  rehearse_options rehearsed;
  watch_options watched;
  repairs_options repaired;
  std::vector<std::string> events;
  std::string learns_of;
};

void add_commands(CLI::App& app, all_options& to) {
  auto* init = app.add_subcommand("init", "Write a commented starter fleet file");
  init->add_option("DIR", to.folder, "Where to; default: here");
  auto* validate = app.add_subcommand("validate", "Check a fleet file");
  add_file(*validate, to.file);
  auto* plan = app.add_subcommand("plan", "Show the batches that would run");
  add_file(*plan, to.planned.file);
  add_scale_set(*plan, to.planned.scale_set);
  plan->add_flag("--json", to.planned.json, "Print the plan as JSON");
  plan->add_option("--instances", to.planned.instances, "a,b or * (manual mode)");
  plan->add_flag("--probe", to.planned.probe,
                 "Ask the instances for their health first");
  add_run(app, to.ran);
  add_resume(app, to.ran);
  add_watch(app, to.watched);
  add_repairs(app, to.repaired);
  add_store_commands(app, to.stored);
  add_explain(app, to.to_explain);
  add_rehearse(app, to.rehearsed);
  auto* learn = app.add_subcommand(
    "learn", "Turn events of past runs into a [rehearsal] table, in TOML");
  learn
    ->add_option("EVENTS", to.events, "What run --events wrote; - for standard input")
    ->required();
  add_scale_set(*learn, to.learns_of);
  for (auto* command : app.get_subcommands(nullptr))
    command->set_version_flag("--version", DRYDOCK_VERSION_TEXT);
}

/// Runs the command that was named.
int perform(const CLI::App& app, all_options& to) {
  if (app.got_subcommand("init"))
    return init_command(to.folder);
  if (app.got_subcommand("learn"))
    return learn_command(to.events, to.learns_of);
  if (app.got_subcommand("history"))
    return history_command(to.stored);
  if (app.got_subcommand("show"))
    return show_command(to.stored);
  if (app.got_subcommand("explain"))
    return explain_command(to.to_explain);
  // Before any other thread: each inherits the blocked mask.
  signal_watch signals;
  if (app.got_subcommand("validate"))
    return validate_command(to.file, signals);
  if (app.got_subcommand("plan"))
    return plan_command(to.planned, signals);
  if (app.got_subcommand("rehearse"))
    return rehearse_command(to.rehearsed, signals);
  if (app.got_subcommand("watch"))
    return watch_command(to.watched, signals);
  if (app.got_subcommand("repairs"))
    return repairs_command(to.repaired, signals);
  if (app.got_subcommand("status"))
    return status_command(to.stored, signals);
  if (app.got_subcommand("cancel"))
    return cancel_command(to.stored, signals);
  if (app.got_subcommand("approve"))
    return approve_command(to.stored, signals);
  if (app.got_subcommand("replay"))
    return replay_command(to.stored, signals);
  to.ran.resume = app.got_subcommand("resume");
  return run_command(to.ran, signals);
}

} // namespace

int main(int argc, char** argv) try {
  keep_standard_descriptors();
  CLI::App app{"Upgrades fleets in batches and keeps what the policy promises."};
  app.name("drydock");
  app.set_version_flag("--version", DRYDOCK_VERSION_TEXT);
  app.require_subcommand(1);
  all_options options;
  add_commands(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return complain(app, e, argc > 1 ? argv[1] : "");
  }
  set_up_log();
  std::signal(SIGPIPE, SIG_IGN); // a reader that leaves is an error to report
  return perform(app, options);
} catch (const std::exception& e) {
  std::cerr << "drydock: error: " << e.what() << '\n';
  return exit_died;
}
