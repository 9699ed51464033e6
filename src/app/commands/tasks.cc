#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/commands/commands.h"
#include "app/commands/task_commands.h"
#include "client/figures.h"
#include "client/progress_display.h"
#include "client/task_text.h"
#include "client/task_wait.h"

namespace rawhaul {
namespace {

constexpr size_t kMaxListed = 1'000'000;

struct TasksOptions {
  ConnectionOptions connection;
  uint64_t id = 0;
  size_t limit = 20;
  TaskOutput output;
};

// Connects, and has `use` called with the RestClient, the settings and the link.
template <typename Use>
Status WithRest(const TasksOptions& options, const Use& use) {
  RAWHAUL_ASSIGN(const ClientSettings settings, CompleteSettings(options.connection));
  Link link(settings.ca_cert);
  RAWHAUL_ASSIGN(auto rest, MakeRestClient(settings, options.connection, link));
  return use(rest, settings, link);
}

void PrintTask(const client::ServerTask& task, const TaskOutput& output) {
  PrintText(output.json ? task.json + "\n" : client::TaskDetails(task.task));
}

Status ListTasks(const TasksOptions& options) {
  return WithRest(options, [&](client::RestClient& rest, const ClientSettings&, Link&) -> Status {
    RAWHAUL_ASSIGN(const auto tasks, rest.List(options.limit));
    if (!options.output.json) {
      PrintText(client::TaskTable(tasks));
      return {};
    }
    std::vector<std::string> texts;
    for (const client::ServerTask& task : tasks) texts.push_back(task.json);
    PrintText(fmt::format("[{}]\n", fmt::join(texts, ",\n")));
    return {};
  });
}

int ShowTask(const TasksOptions& options) {
  int exit_status = 0;
  const Status status =
      WithRest(options, [&](client::RestClient& rest, const ClientSettings&, Link& link) -> Status {
        if (options.output.wait) {
          exit_status = WaitAndTell(rest, options.id, options.output, link);
          return {};
        }
        RAWHAUL_ASSIGN(const auto task, rest.Get(options.id));
        PrintTask(task, options.output);
        return {};
      });
  return status ? exit_status : ExitStatus(status);
}

Status CancelTask(const TasksOptions& options) {
  return WithRest(options, [&](client::RestClient& rest, const ClientSettings&, Link&) -> Status {
    RAWHAUL_ASSIGN(const auto task, rest.Cancel(options.id));
    PrintTask(task, options.output);
    return {};
  });
}

Status RenewTask(const TasksOptions& options) {
  return WithRest(options, [&](client::RestClient& rest, const ClientSettings& settings, Link&) -> Status {
    RAWHAUL_ASSIGN(const Secret container, RequiredContainer(settings));
    RAWHAUL_ASSIGN(const auto task, rest.Renew(options.id, container));
    PrintTask(task, options.output);
    return {};
  });
}

void AddId(CLI::App& command, TasksOptions& options) {
  command.add_option("ID", options.id, "The task's id")->required()->type_name("");
}

// The parts of the example that all of these commands have.
constexpr const char* kWhere =
    " --server https://rawhaul.example:8443 --app my-subscription/my-group/my-apps/shop";

void SetTaskExample(CLI::App& command, const std::string& start, const std::string& notes = {}) {
  SetExample(command, start + " \\\n     " + kWhere,
             kConnectionNotes + (notes.empty() ? std::string() : "\n\n" + notes));
}

void AddList(CLI::App& tasks, Action& action) {
  CLI::App* command = tasks.add_subcommand("list", "List the newest tasks, the newest first");
  const auto options = std::make_shared<TasksOptions>();
  command->add_option("--limit", options->limit, "At most so many tasks, 20 by default")
      ->type_name("NUMBER")
      ->check(CLI::Range(size_t{1}, kMaxListed));
  command->add_flag("--json", options->output.json, "Print a JSON array of the tasks as the server has them");
  AddRestOptions(*command, options->connection);
  SetTaskExample(*command, "rawhaul tasks list --limit 5");
  OnCommand(*command, action, options, ListTasks);
}

void AddShow(CLI::App& tasks, Action& action) {
  CLI::App* command = tasks.add_subcommand("show", "Show a task and its files");
  const auto options = std::make_shared<TasksOptions>();
  AddId(*command, *options);
  AddOutputOptions(*command, options->output);
  AddRestOptions(*command, options->connection);
  SetTaskExample(*command, "rawhaul tasks show 17 --wait", kWaitStatusNotes);
  OnCommand(*command, action, options, ShowTask);
}

void AddCancel(CLI::App& tasks, Action& action) {
  CLI::App* command = tasks.add_subcommand("cancel", "End a task that is queued or runs");
  const auto options = std::make_shared<TasksOptions>();
  AddId(*command, *options);
  command->add_flag("--json", options->output.json, "Print the task as the server has it");
  AddRestOptions(*command, options->connection);
  SetTaskExample(*command, "rawhaul tasks cancel 17");
  OnCommand(*command, action, options, CancelTask);
}

void AddRenew(CLI::App& tasks, Action& action) {
  CLI::App* command = tasks.add_subcommand(
      "renew", "Give a task another URL of its container, when the SAS has ended or will");
  const auto options = std::make_shared<TasksOptions>();
  AddId(*command, *options);
  AddContainerOption(*command, options->connection);
  command->add_flag("--json", options->output.json, "Print the task as the server has it");
  AddRestOptions(*command, options->connection);
  SetTaskExample(*command, "rawhaul tasks renew 17 --container - < container-url.txt");
  OnCommand(*command, action, options, RenewTask);
}

}  // namespace

void AddOutputOptions(CLI::App& command, TaskOutput& output) {
  command.add_flag("--wait", output.wait, "Wait for the end of the task and show its progress");
  command.add_flag("--json", output.json, "Print the task as the server has it, one JSON object");
}

int WaitAndTell(client::RestClient& rest, uint64_t id, const TaskOutput& output, Link& link) {
  std::fflush(stdout);
  client::ProgressDisplay display(client::MakeScreen(stderr), *link.timer, fmt::format("task {}", id));
  const auto ended = client::WaitForTask(rest, id, display, *link.timer, link.interrupt.token());
  if (!ended) {
    const bool interrupted = ended.error().code == ErrorCode::kCanceled;
    Complain(fmt::format(
        "{}; task {} goes on: `rawhaul tasks show {} --wait` waits again, `rawhaul tasks cancel {}` "
        "ends it",
        interrupted ? "interrupted" : ended.error().message, id, id, id));
    return interrupted ? client::kInterruptedStatus : kEndNotSeen;
  }
  if (output.json) Print(ended->json);
  if (ended->task.state == TaskState::kFailed) {
    Complain(
        fmt::format("task {} failed: {}", id, client::Printable(ended->task.error_details.value_or(""))));
    return kTaskFailed;
  }
  if (!output.json) PrintText(client::FileTable(ended->task));
  return 0;
}

void AddTasks(CLI::App& program, Action& action) {
  CLI::App* tasks = program.add_subcommand("tasks", "Export tasks of an app")->require_subcommand(1);
  SetTaskExample(*tasks, "rawhaul tasks list");
  AddList(*tasks, action);
  AddShow(*tasks, action);
  AddCancel(*tasks, action);
  AddRenew(*tasks, action);
}

}  // namespace rawhaul
