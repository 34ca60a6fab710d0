// The smallest program that uses Hearth: answers a prompt on stdout, or continues it where the model has no chat
// template. Usage: generate MODEL PROMPT
#include <cstdio>
#include <string_view>

#include "hearth/hearth.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: generate MODEL PROMPT\n", stderr);
    return 2;
  }
  try {
    hearth::Model model = hearth::Model::load(argv[1]);
    hearth::GenerateRequest request;
    request.sampling = model.default_sampling();
    request.max_tokens = 200;
    if (model.info().chat_template.empty()) {
      request.prompt = argv[2];
    } else {
      request.messages = {{"user", argv[2]}};
    }
    model.generate(request, [](std::string_view piece) {
      return std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size() && std::fflush(stdout) == 0;
    });
    std::puts("");
  } catch (const hearth::Error& error) {
    std::fprintf(stderr, "%s\n%s\n", error.message().c_str(), error.hint().c_str());
    return 1;
  }
}
