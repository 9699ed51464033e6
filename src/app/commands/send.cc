#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/connection.h"
#include "client/bulk_sender.h"
#include "client/figures.h"
#include "client/input_file.h"
#include "client/progress_display.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

// What a lost connection leaves in doubt; a line of it has at most 1 MiB.
constexpr size_t kChunkBytes = 4 << 20;
constexpr int kRejected = 2;

struct SendOptions {
  ConnectionOptions connection;
  std::string file;
  bool json = false;
};

// Reads, sends and shows how far it is.
class SendRun {
 public:
  SendRun(client::InputFile& input, client::BulkSender& sender, client::ProgressDisplay& display)
      : input_(input), sender_(sender), display_(display) {}

  Status Run(const std::stop_token& stop) {
    client::LineChunks chunks([&](char* to, size_t size) { return input_.Read(to, size, stop); },
                              kChunkBytes);
    for (;;) {
      RAWHAUL_ASSIGN(const client::LineChunk chunk, chunks.Next());
      if (chunk.text.empty()) return {};
      under_way_up_to_ = chunk.last_line();
      RAWHAUL_TRY(sender_.Send(chunk, events_));
      done_bytes_ += chunk.text.size();
      Show(0);
    }
  }

  // `error`, and what of the input is stored, for who has to decide what to send again.
  std::string Explain(const Error& error) const {
    const uint64_t stored = sender_.summary().stored_up_to;
    std::string text = error.code == ErrorCode::kCanceled ? "interrupted" : error.message;
    if (stored > 0) text += fmt::format("; lines up to {} are stored", stored);
    const bool was_refused = error.code != ErrorCode::kCanceled && error.code != ErrorCode::kUnavailable;
    if (under_way_up_to_ <= stored || was_refused) return text;
    return text + fmt::format(
                      "; of lines {0} to {1} a part may be, and what has a batchId is stored once however "
                      "often it is sent\ngo on with: tail -n +{0} FILE | rawhaul send -",
                      stored + 1, under_way_up_to_);
  }

 private:
  // `sent`: of the chunk that is under way.
  void Show(uint64_t sent) {
    const uint64_t bytes = done_bytes_ + sent;
    client::WorkDone done{.rows = sender_.summary().accepted, .bytes = bytes};
    if (input_.size()) {
      const auto size = static_cast<double>(std::max<uint64_t>(*input_.size(), 1));
      done.fraction = std::min(1.0, static_cast<double>(bytes) / size);
    }
    display_.Show(done);
  }

  void TellAgain(const Error& error, const client::LineChunk& chunk) {
    display_.Say(fmt::format("{}; lines {} to {} are sent again, each has a batchId", error.message,
                             chunk.first_line, chunk.last_line()));
  }

  client::InputFile& input_;
  client::BulkSender& sender_;
  client::ProgressDisplay& display_;
  const client::SendEvents events_{
      .on_sent = [this](uint64_t sent) { Show(sent); },
      .on_again = [this](const Error& error, const client::LineChunk& chunk) { TellAgain(error, chunk); }};
  uint64_t done_bytes_ = 0;
  uint64_t under_way_up_to_ = 0;
};

std::string PlaceOf(const client::SendRejection& rejection) {
  const std::string line = fmt::format("line {}", rejection.line);
  return rejection.index ? fmt::format("{}, record {}", line, *rejection.index) : line;
}

void PrintSummary(const client::SendSummary& summary) {
  using client::FormatCount;
  Print(fmt::format("{} of {} accepted, {} and {} rejected", FormatCount(summary.accepted, "record"),
                    FormatCount(summary.lines, "line"), FormatCount(summary.rejected_lines, "line"),
                    FormatCount(summary.rejected_records, "record")));
  for (const client::SendRejection& rejection : summary.rejected) {
    Print(fmt::format("{}: {}: {}", PlaceOf(rejection), rejection.code, rejection.message));
  }
  const uint64_t more = summary.rejected_lines + summary.rejected_records - summary.rejected.size();
  if (more > 0) Print(fmt::format("and {} more", more));
}

void PrintJson(const client::SendSummary& summary) {
  json::array rejected;
  for (const client::SendRejection& rejection : summary.rejected) {
    json::object item{{"line", rejection.line}};
    if (rejection.index) item["index"] = *rejection.index;
    item["error"] = {{"code", rejection.code}, {"message", rejection.message}};
    rejected.push_back(std::move(item));
  }
  Print(json::serialize(json::object{{"lines", summary.lines},
                                     {"accepted", summary.accepted},
                                     {"rejectedLines", summary.rejected_lines},
                                     {"rejectedRecords", summary.rejected_records},
                                     {"rejected", std::move(rejected)}}));
}

Result<int> Send(const SendOptions& options) {
  RAWHAUL_ASSIGN(const ClientSettings settings, CompleteSettings(options.connection));
  RAWHAUL_ASSIGN(std::string server, RequiredServer(settings, options.connection));
  RAWHAUL_ASSIGN(Secret key, RequiredCollectKey(settings));
  RAWHAUL_ASSIGN(auto input, client::InputFile::Open(options.file));
  Link link(settings.ca_cert);
  const std::stop_token stop = link.interrupt.token();
  client::BulkSender sender(*link.http, *link.timer, stop, std::move(server), std::move(key));
  client::ProgressDisplay display(client::MakeScreen(stderr), *link.timer, "send");
  SendRun run(input, sender, display);
  const Status sent = run.Run(stop);
  display.Finish();
  if (options.json) {
    PrintJson(sender.summary());
  } else {
    PrintSummary(sender.summary());
  }
  if (sent) return sender.summary().has_rejections() ? kRejected : 0;
  Complain(run.Explain(sent.error()));
  return sent.error().code == ErrorCode::kCanceled ? client::kInterruptedStatus : kExitFailure;
}

int SendCommand(const SendOptions& options) {
  const auto status = Send(options);
  return status ? *status : ExitStatus(Fail(status.error()));
}

}  // namespace

void AddSend(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("send", "Send a file of batches, one a line, to a server");
  const auto options = std::make_shared<SendOptions>();
  command->add_option("FILE", options->file, "JSON lines, or - for standard input")
      ->required()
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print the summary as one JSON object");
  AddCollectKeyOption(*command, options->connection);
  AddServerOptions(*command, options->connection);
  SetExample(*command, "gunzip -c april.ndjson.gz | rawhaul send - --server https://rawhaul.example:8443",
             "Lines with a batchId are sent again when the connection breaks, since they are stored once; "
             "others are\n"
             "not, and what is in doubt is told. " +
                 std::string(kConnectionNotes) +
                 "\n\nExit status: 0 all was accepted, 1 an error, 2 something was rejected, 130 Ctrl-C.");
  OnCommand(*command, action, options, SendCommand);
}

}  // namespace rawhaul
