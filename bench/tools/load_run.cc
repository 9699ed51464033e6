#include "load_run.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "load_connection.h"
#include "load_source.h"

namespace rawhaul::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

std::string RequestHead(const LoadPlan& plan) {
  return "POST /collect/v1/batch HTTP/1.1\r\nHost: " + plan.host + "\r\nAuthorization: Bearer " + plan.key +
         "\r\nContent-Type: application/json\r\nContent-Length: ";
}

class Load {
 public:
  explicit Load(const LoadPlan& plan)
      : plan_(plan),
        head_(RequestHead(plan)),
        file_(plan.file, plan.first),
        line_(plan.count > 0 ? file_.Next() : std::nullopt),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        lanes_(plan.connections) {
    for (size_t i = 0; i < lanes_.size(); ++i) Connect(i);
  }
  ~Load() { close(epoll_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  LoadReport Run() {
    start_ = Clock::now();
    SendDue();
    while (line_ || idle_.size() < lanes_.size()) {
      std::array<epoll_event, 64> events;
      const int ready = epoll_wait(epoll_, events.data(), events.size(), Patience());
      for (int i = 0; i < ready; ++i) Receive(events[static_cast<size_t>(i)].data.u64);
      SendDue();
    }
    report_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(report_);
  }

 private:
  struct Lane {
    std::unique_ptr<Connection> connection;
    Clock::time_point due;
  };

  void Connect(size_t lane) {
    lanes_[lane].connection = std::make_unique<Connection>(plan_.server);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = lane;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, lanes_[lane].connection->socket(), &event);
    idle_.push_back(lane);
  }

  // When the next request should leave, whatever became of those before.
  Clock::time_point Due() const {
    if (plan_.rate == 0) return Clock::now();
    const std::chrono::duration<double> after(static_cast<double>(sent_) / plan_.rate);
    return start_ + std::chrono::duration_cast<Clock::duration>(after);
  }

  void SendDue() {
    const auto now = Clock::now();
    while (line_ && !idle_.empty()) {
      const auto due = Due();
      if (plan_.rate > 0 && due > now) return;
      Send(due);
    }
  }

  void Send(Clock::time_point due) {
    const size_t lane = idle_.back();
    idle_.pop_back();
    lanes_[lane].due = due;
    const bool sent = lanes_[lane].connection->Send(head_, *line_);
    line_ = ++sent_ < plan_.count ? file_.Next() : std::nullopt;
    if (!sent) Break(lane);
  }

  // Milliseconds to wait for answers, -1 for any time.
  int Patience() const {
    if (plan_.rate == 0 || !line_ || idle_.empty()) return -1;
    return std::max(0, static_cast<int>(std::ceil(Milliseconds(Due() - Clock::now()).count())));
  }

  void Receive(size_t lane) {
    switch (lanes_[lane].connection->Receive()) {
      case Connection::Progress::kMore:
        return;
      case Connection::Progress::kAnswered:
        return Finish(lane);
      case Connection::Progress::kBroken:
        return Break(lane);
    }
  }

  void Finish(size_t lane) {
    report_.milliseconds.push_back(Milliseconds(Clock::now() - lanes_[lane].due).count());
    const Answer answer = lanes_[lane].connection->answer();
    report_.records += answer.records;
    if (!answer.ok) Fail(answer.text);
    idle_.push_back(lane);
    SendDue();
  }

  // An idle connection that the server closes costs no batch.
  void Break(size_t lane) {
    if (std::erase(idle_, lane) == 0) Fail("the server closed the connection");
    lanes_[lane].connection.reset();  // before the next one, so that the epoll set is rid of it
    Connect(lane);
  }

  void Fail(std::string_view text) {
    if (report_.failures++ == 0) report_.first_failure = text;
  }

  const LoadPlan& plan_;
  const std::string head_;
  BatchFile file_;
  std::optional<std::string_view> line_;  // to be sent next
  const int epoll_;
  std::vector<Lane> lanes_;
  std::vector<size_t> idle_;
  Clock::time_point start_;
  size_t sent_ = 0;
  LoadReport report_;
};

}  // namespace

LoadReport RunLoad(const LoadPlan& plan) { return Load(plan).Run(); }

}  // namespace rawhaul::bench
