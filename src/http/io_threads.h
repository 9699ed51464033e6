// The threads that connections are served on.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace rawhaul::http {

// What runs on one of these runs on one thread: it needs no lock and no strand.
using Executor = boost::asio::io_context::executor_type;

// Every thread has an io_context of its own, and a connection stays where it began: no two threads ever wait
// for each other to serve one.
class IoThreads {
 public:
  explicit IoThreads(unsigned threads);
  ~IoThreads();
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  // For the next connection; in turns. Thread-safe.
  Executor Next();
  // Waits until nothing is left to do. Safe to call twice.
  void Join();

 private:
  struct Loop {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<Executor> work{io.get_executor()};
    std::thread thread;
  };
  std::vector<std::unique_ptr<Loop>> loops_;
  std::atomic<size_t> next_ = 0;
};

}  // namespace rawhaul::http
