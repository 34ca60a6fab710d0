#include "load_run.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

#include "load_answer.h"

namespace hearth::load {
namespace {

using Clock = Answer::Clock;

struct EasyDelete {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiDelete {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t take_bytes(char* data, std::size_t size, std::size_t n, void* answer) {
  static_cast<Answer*>(answer)->take({data, size * n});
  return size * n;
}

class Run {
 public:
  Run(const std::vector<PlannedRequest>& plan, const RunOptions& options)
      : plan_(plan), options_(options), multi_(curl_multi_init()) {
    if (multi_ == nullptr) throw std::runtime_error("libcurl cannot be used");
    url_ = options.url + (options.chat ? "/v1/chat/completions" : "/v1/completions");
    curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
    list = curl_slist_append(list, "Expect:");  // a long body needs no leave of the server
    if (!options.api_key.empty()) list = curl_slist_append(list, ("Authorization: Bearer " + options.api_key).c_str());
    headers_.reset(list);
    constexpr long kKept = 4096;  // connections: each client keeps its own
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kKept);
  }

  RunResult go() {
    begun_ = Clock::now();
    result_.requests.resize(plan_.size());
    int in_flight = 0;
    while (n_ended_ < plan_.size()) {
      start_what_is_due();
      curl_multi_perform(multi_.get(), &in_flight);
      take_ended();
      curl_multi_poll(multi_.get(), nullptr, 0, milliseconds_to_next(), nullptr);
    }
    return std::move(result_);
  }

 private:
  struct Transfer {
    std::size_t index;
    Answer answer;
    std::unique_ptr<CURL, EasyDelete> curl;
  };

  double seconds() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }

  bool has_room() const {
    return options_.clients <= 0 || transfers_.size() < static_cast<std::size_t>(options_.clients);
  }

  void start_what_is_due() {
    while (next_ < plan_.size() && has_room() && plan_[next_].at_seconds <= seconds()) start(next_++);
  }

  int milliseconds_to_next() const {
    constexpr double kMost = 1000;
    if (next_ >= plan_.size() || !has_room()) return static_cast<int>(kMost);
    return static_cast<int>(std::clamp((plan_[next_].at_seconds - seconds()) * 1000 + 1, 0.0, kMost));
  }

  void start(std::size_t index) {
    auto transfer = std::make_unique<Transfer>(
        Transfer{index, Answer(options_.stream), std::unique_ptr<CURL, EasyDelete>(curl_easy_init())});
    CURL* curl = transfer->curl.get();
    if (curl == nullptr) throw std::runtime_error("libcurl cannot be used");
    const std::string& body = plan_[index].body;
    curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer->answer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.patience * 1000));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer.get());
    transfer->answer.begin();
    curl_multi_add_handle(multi_.get(), curl);
    transfers_.push_back(std::move(transfer));
  }

  void take_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* curl = message->easy_handle;
      const CURLcode code = message->data.result;
      Transfer* transfer = nullptr;
      long status = 0;
      curl_easy_getinfo(curl, CURLINFO_PRIVATE, &transfer);
      curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
      result_.requests[transfer->index] =
          transfer->answer.finish(status, code == CURLE_OK ? "" : curl_easy_strerror(code));
      result_.seconds = seconds();
      ++n_ended_;
      curl_multi_remove_handle(multi_.get(), curl);
      std::erase_if(transfers_, [transfer](const auto& each) { return each.get() == transfer; });
    }
  }

  const std::vector<PlannedRequest>& plan_;
  RunOptions options_;
  std::string url_;
  std::unique_ptr<curl_slist, ListDelete> headers_;
  std::unique_ptr<CURLM, MultiDelete> multi_;  // outlives the transfers, which are taken out of it
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::size_t next_ = 0, n_ended_ = 0;
  Clock::time_point begun_;
  RunResult result_;
};

}  // namespace

RunResult run_plan(const std::vector<PlannedRequest>& plan, const RunOptions& options) {
  return Run(plan, options).go();
}

}  // namespace hearth::load
