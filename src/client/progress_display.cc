#include "client/progress_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace rawhaul::client {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDrawInterval{100};
constexpr milliseconds kWriteInterval{10'000};
constexpr size_t kUsualWidth = 80;
constexpr std::string_view kStartOfLine = "\r";
constexpr std::string_view kClearToEnd = "\x1b[K";

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

size_t WidthOf(int terminal) {
  winsize size{};
  return ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
}

}  // namespace

Screen MakeScreen(std::FILE* stream) {
  const int file = ::fileno(stream);
  const std::string_view term = Variable("TERM");
  Screen screen;
  screen.redraws = ::isatty(file) == 1 && !term.empty() && term != "dumb";
  screen.color = screen.redraws && Variable("NO_COLOR").empty();
  screen.width = [file] { return WidthOf(file); };
  screen.write = [stream](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
  };
  return screen;
}

ProgressDisplay::ProgressDisplay(Screen screen, const RetryTimer& timer, std::string label)
    : screen_(std::move(screen)), timer_(timer), label_(std::move(label)) {}

ProgressDisplay::~ProgressDisplay() {
  if (line_is_open_) screen_.write("\n");
}

void ProgressDisplay::Show(const WorkDone& done) {
  const auto now = timer_.Now();
  meter_.Add(now, done);
  const milliseconds interval = screen_.redraws ? kDrawInterval : kWriteInterval;
  if (shown_ && now - *shown_ < interval) return;
  if (screen_.redraws) {
    Draw();
  } else {
    Write();
  }
}

void ProgressDisplay::Say(std::string_view line) {
  std::string text(line);
  if (line_is_open_) text.insert(0, std::string(kStartOfLine) + std::string(kClearToEnd));
  screen_.write(text + "\n");
  if (std::exchange(line_is_open_, false)) Draw();
}

void ProgressDisplay::Finish() {
  if (!shown_) return;
  if (!screen_.redraws) return Write();
  Draw();
  screen_.write("\n");
  line_is_open_ = false;
}

// One column stays free: a terminal may wrap a line that is as wide as itself.
void ProgressDisplay::Draw() {
  const std::string bar = RenderBar(label_, meter_.reading(), screen_.width() - 1, screen_.color);
  screen_.write(std::string(kStartOfLine) + bar + std::string(kClearToEnd));
  shown_ = timer_.Now();
  line_is_open_ = true;
}

void ProgressDisplay::Write() {
  const ProgressReading reading = meter_.reading();
  if (shown_ && reading.done == written_) return;
  screen_.write(RenderLine(label_, reading) + "\n");
  shown_ = timer_.Now();
  written_ = reading.done;
}

}  // namespace rawhaul::client
