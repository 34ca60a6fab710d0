// The endpoints that tell of models and change them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/disk_full.h"
#include "base/file.h"
#include "hub/download/digest.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/ollama/ollama_test_house.h"
#include "support/hub_server.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class OllamaModels : public OllamaHouse {
 protected:
  std::vector<std::string> names() {
    std::vector<std::string> names;
    const OllamaReply reply = call("GET", "/api/tags");
    for (const json::value& model : reply.last().at("models").as_array())
      names.emplace_back(model.at("name").as_string());
    return names;
  }
  static std::vector<std::string> statuses(const OllamaReply& reply) {
    std::vector<std::string> statuses;
    for (const json::object& line : reply.lines) {
      if (line.contains("status")) statuses.emplace_back(line.at("status").as_string());
    }
    return statuses;
  }
  OllamaReply send_blob(const fs::path& file, const std::string& digits) {
    HttpRequest request;
    request.body_file = folder_.path() / "spool";
    fs::copy_file(file, request.body_file, fs::copy_options::overwrite_existing);
    return call("POST", "/api/blobs/sha256:" + digits, std::move(request));
  }
};

TEST_F(OllamaModels, ListsWhatIsOffered) {
  EXPECT_THAT(names(), UnorderedElementsAre("tiny:latest", "plain:latest", "bert:latest"));
  const json::value models = call("GET", "/api/tags").last().at("models");
  for (const json::value& model : models.as_array()) {
    EXPECT_EQ(model.at("name"), model.at("model"));
    EXPECT_THAT(std::string(model.at("modified_at").as_string()), ::testing::EndsWith("Z"));
    EXPECT_GT(model.at("size").to_number<std::int64_t>(), 0);
    EXPECT_EQ(model.at("digest").as_string().size(), 64U);
    const json::object& details = model.at("details").as_object();
    EXPECT_EQ(details.at("format"), "gguf");
    EXPECT_EQ(details.at("families").as_array().at(0), details.at("family"));
    EXPECT_TRUE(details.at("parameter_size").is_string());
    EXPECT_TRUE(details.at("quantization_level").is_string());
    EXPECT_EQ(details.at("parent_model"), "");
  }
}

TEST_F(OllamaModels, ShowsAModel) {
  OllamaReply reply = post("/api/show", R"({"model":"tiny"})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const json::object body = reply.last();
  EXPECT_EQ(body.at("template"), kTemplate);
  EXPECT_EQ(body.at("license"), "MIT");
  EXPECT_THAT(std::string(body.at("modelfile").as_string()), HasSubstr("\nFROM tiny:latest\nTEMPLATE \"\"\""));
  EXPECT_THAT(std::string(body.at("modelfile").as_string()), ::testing::Not(HasSubstr(folder_.path().string())));
  EXPECT_FALSE(body.contains("parameters"));
  EXPECT_FALSE(body.contains("tensors"));
  EXPECT_EQ(body.at("details").at("family"), "llama");
  const json::object& info = body.at("model_info").as_object();
  EXPECT_EQ(info.at("general.architecture"), "llama");
  EXPECT_EQ(info.at("general.name"), "Tiny");
  EXPECT_EQ(info.at("llama.context_length").to_number<std::int64_t>(), 64);
  EXPECT_EQ(info.at("llama.block_count").to_number<std::int64_t>(), 2);
  EXPECT_GT(info.at("general.parameter_count").to_number<std::int64_t>(), 1000);
  EXPECT_TRUE(info.at("tokenizer.ggml.tokens").is_null());
  EXPECT_THAT(std::string(json::serialize(body.at("capabilities"))), HasSubstr("completion"));

  reply = post("/api/show", R"({"name":"tiny:latest","verbose":true})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.last().at("model_info").at("tokenizer.ggml.tokens").as_array().size(), 288U);
  const json::array& tensors = reply.last().at("tensors").as_array();
  ASSERT_FALSE(tensors.empty());
  EXPECT_TRUE(tensors[0].at("shape").is_array());
  EXPECT_EQ(post("/api/show", R"({"model":"nobody"})").status, 404);
  EXPECT_EQ(post("/api/show", "{}").status, 400);
  EXPECT_EQ(post("/api/show", R"({"model":"bert"})").last().at("capabilities"), json::value(json::array{"embedding"}));
}

TEST_F(OllamaModels, TellsWhatIsLoaded) {
  EXPECT_TRUE(call("GET", "/api/ps").last().at("models").as_array().empty());
  ASSERT_EQ(post("/api/generate", R"({"model":"plain","prompt":"x","stream":false,"keep_alive":"1h"})").status, 200);
  const json::array models = call("GET", "/api/ps").last().at("models").as_array();
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].at("name"), "plain:latest");
  EXPECT_EQ(models[0].at("model"), "plain:latest");
  EXPECT_EQ(models[0].at("context_length"), 64);
  EXPECT_EQ(models[0].at("size_vram"), 0);
  EXPECT_GT(models[0].at("size").to_number<std::int64_t>(), 0);
  EXPECT_EQ(models[0].at("digest").as_string().size(), 64U);
  EXPECT_EQ(models[0].at("details").at("family"), "llama");
  const auto now = std::chrono::system_clock::now();
  const std::string expires(models[0].at("expires_at").as_string());
  EXPECT_GT(expires, rfc3339(now + std::chrono::minutes(58)));
  EXPECT_LT(expires, rfc3339(now + std::chrono::minutes(61)));
  post("/api/generate", R"({"model":"plain","keep_alive":-1})");
  EXPECT_GT(std::string(call("GET", "/api/ps").last().at("models").at(0).at("expires_at").as_string()), "2090");
}

TEST_F(OllamaModels, Embeds) {
  OllamaReply reply = post("/api/embed", R"({"model":"bert","input":"red car"})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.last().at("model"), "bert");
  ASSERT_EQ(reply.last().at("embeddings").as_array().size(), 1U);
  const json::array one = reply.last().at("embeddings").as_array()[0].as_array();
  ASSERT_EQ(one.size(), 32U);
  double norm = 0;
  for (const json::value& x : one) norm += x.to_number<double>() * x.to_number<double>();
  EXPECT_NEAR(norm, 1, 1e-4);
  EXPECT_EQ(reply.last().at("prompt_eval_count"), 4);  // [CLS] red car [SEP]
  EXPECT_GT(reply.last().at("total_duration").as_int64(), 0);
  EXPECT_TRUE(reply.last().contains("load_duration"));

  reply = post("/api/embed", R"({"model":"bert","input":["the cat","red car"]})");
  ASSERT_EQ(reply.last().at("embeddings").as_array().size(), 2U);
  for (std::size_t i = 0; i < one.size(); ++i)
    EXPECT_NEAR(reply.last().at("embeddings").at(1).at(i).to_number<double>(), one[i].to_number<double>(), 1e-5);
  EXPECT_EQ(post("/api/embed", R"({"model":"bert","input":"red","dimensions":8})")
                .last()
                .at("embeddings")
                .at(0)
                .as_array()
                .size(),
            8U);
  EXPECT_TRUE(post("/api/embed", R"({"model":"bert","input":[]})").last().at("embeddings").as_array().empty());
  EXPECT_TRUE(post("/api/embed", R"({"model":"bert","input":""})").last().at("embeddings").as_array().empty());

  const std::string long_text = [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "car ";
    return text;
  }();
  EXPECT_EQ(post("/api/embed", R"({"model":"bert","input":")" + long_text + R"("})").status, 200);
  reply = post("/api/embed", R"({"model":"bert","truncate":false,"input":")" + long_text + R"("})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.error(), HasSubstr("102"));
  // Far longer: only what is kept is read, and that is the same.
  std::string far_longer;
  while (far_longer.size() < 2'000'000) far_longer += long_text;
  reply = post("/api/embed", R"({"model":"bert","truncate":false,"input":")" + far_longer + R"("})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.error(), HasSubstr("input has at least "));
  EXPECT_EQ(post("/api/embed", R"({"model":"bert","input":")" + far_longer + R"("})").last().at("embeddings"),
            post("/api/embed", R"({"model":"bert","input":")" + long_text + R"("})").last().at("embeddings"));
  EXPECT_EQ(post("/api/embed", R"({"model":"bert","input":[5]})").status, 400);
  EXPECT_EQ(post("/api/embed", R"({"model":"nobody","input":"x"})").status, 404);
}

TEST_F(OllamaModels, EmbedsInTheOlderWay) {
  const OllamaReply reply = post("/api/embeddings", R"({"model":"bert","prompt":"red car"})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const json::array row = reply.last().at("embedding").as_array();
  ASSERT_EQ(row.size(), 32U);
  const json::array same =
      post("/api/embed", R"({"model":"bert","input":"red car"})").last().at("embeddings").at(0).as_array();
  double norm = 0;
  for (const json::value& x : row) norm += x.to_number<double>() * x.to_number<double>();
  for (std::size_t i = 0; i < row.size(); ++i)  // the same direction, at its own length
    EXPECT_NEAR(row[i].to_number<double>() / std::sqrt(norm), same[i].to_number<double>(), 1e-5);
  EXPECT_GT(std::abs(norm - 1), 1e-3);
  EXPECT_TRUE(post("/api/embeddings", R"({"model":"bert","prompt":""})").last().at("embedding").as_array().empty());
}

TEST_F(OllamaModels, MakesAModelOfAnother) {
  OllamaReply reply =
      post("/api/create", R"({"model":"mario","from":"tiny","system":"B","template":"{{ .System }}{{ .Prompt }}",
      "parameters":{"num_predict":2,"stop":["q"]},"license":["MIT","more"],
      "messages":[{"role":"user","content":"u"},{"role":"assistant","content":"v"}]})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_THAT(statuses(reply), ElementsAre("reading model metadata", "writing manifest", "success"));
  EXPECT_THAT(names(), Contains("mario:latest"));
  // <s>, "Bu" "v" and "Bx" without the system message, which is told once.
  reply = post("/api/generate", R"({"model":"mario","prompt":"f","stream":false})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.answer(), "gh");
  EXPECT_EQ(reply.last().at("prompt_eval_count"), 5);
  const json::object shown = post("/api/show", R"({"model":"mario"})").last();
  EXPECT_EQ(shown.at("system"), "B");
  EXPECT_EQ(shown.at("license"), "MIT\nmore");
  EXPECT_THAT(std::string(shown.at("parameters").as_string()), HasSubstr("num_predict                    2\n"));
  EXPECT_EQ(shown.at("details").at("parent_model"), "tiny");
  EXPECT_EQ(json::serialize(shown.at("messages")),
            R"([{"role":"user","content":"u"},{"role":"assistant","content":"v"}])");

  // What it says of itself makes the same again.
  json::object again{{"model", "luigi"}, {"modelfile", shown.at("modelfile")}, {"stream", false}};
  reply = post("/api/create", json::serialize(again));
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.text, R"({"status":"success"})");
  const json::object other = post("/api/show", R"({"model":"luigi"})").last();
  for (const char* field : {"system", "license", "parameters", "template", "messages"})
    EXPECT_EQ(other.at(field), shown.at(field)) << field;
}

TEST_F(OllamaModels, RefusesToMakeWhatItCannot) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({"from":"tiny"})", "model is missing"},
      {R"({"model":"x"})", "from is missing"},
      {R"({"model":"../x","from":"tiny"})", "no name"},
      {R"({"model":"x","from":"tiny","adapters":{"a":"sha256:0"}})", "adapters"},
      {R"({"model":"x","from":"tiny","template":"{{ .Nothing }}"})", ".Nothing"},
      {R"({"model":"x","from":"tiny","parameters":{"temperature":"hot"}})", "parameters.temperature"},
      {R"({"model":"x","from":"tiny","quantize":"q5_9"})", "quantize is 'q5_9'"},
      {R"({"model":"x","files":{"a.gguf":"sha256:0"}})", "files.a.gguf"},
      {R"({"model":"x","files":{"../a":"sha256:0"}})", "no name of a file"},
      {R"({"model":"x","modelfile":"SYSTEM x"})", "FROM is missing"},
      {R"({"model":"x","from":"tiny","messages":[{"role":"robot"}]})", "messages[0].role"}};
  for (const auto& [body, message] : wrong) {
    const OllamaReply reply = post("/api/create", body);
    EXPECT_EQ(reply.status, 400) << body << reply.text;
    EXPECT_THAT(reply.error(), HasSubstr(message)) << body;
  }
  EXPECT_EQ(post("/api/create", R"({"model":"x","from":"nobody"})").status, 404);
}

TEST_F(OllamaModels, CopiesAndDeletes) {
  OllamaReply reply = post("/api/copy", R"({"source":"tiny","destination":"second"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.text, "");
  EXPECT_THAT(names(), Contains("second:latest"));
  EXPECT_EQ(post("/api/copy", R"({"source":"nobody","destination":"x"})").status, 404);
  EXPECT_EQ(post("/api/copy", R"({"source":"tiny"})").status, 400);
  EXPECT_EQ(call("DELETE", "/api/delete", R"({"model":"second"})").status, 200);
  EXPECT_THAT(names(), ::testing::Not(Contains("second:latest")));
  EXPECT_EQ(call("DELETE", "/api/delete", R"({"model":"second"})").status, 404);
  EXPECT_EQ(call("DELETE", "/api/delete", R"({"name":"tiny"})").status, 400);  // it lies in the folder that is offered
  EXPECT_THAT(names(), Contains("tiny:latest"));
}

TEST_F(OllamaModels, MakesAModelOfAFileThatWasSent) {
  start(true);
  const fs::path file = models_folder() / "plain.gguf";
  const std::string digits = sha256_of_file(file);
  EXPECT_EQ(call("HEAD", "/api/blobs/sha256:" + digits).status, 404);
  EXPECT_EQ(send_blob(models_folder() / "tiny.gguf", digits).status, 400);
  EXPECT_EQ(call("HEAD", "/api/blobs/sha256:" + digits).status, 404);
  EXPECT_EQ(send_blob(file, digits).status, 201);
  EXPECT_EQ(send_blob(file, digits).status, 200);
  EXPECT_EQ(call("HEAD", "/api/blobs/sha256:" + digits).status, 200);
  EXPECT_EQ(call("HEAD", "/api/blobs/sha256:abc").status, 400);

  const std::string files = R"("files":{"model.gguf":"sha256:)" + digits + R"("})";
  OllamaReply reply = post("/api/create", R"({"model":"sent",)" + files + "}");
  EXPECT_THAT(statuses(reply), ElementsAre("reading model metadata", "writing manifest", "success")) << reply.text;
  EXPECT_THAT(names(), ElementsAre("sent:latest"));
  EXPECT_EQ(post("/api/generate", R"({"model":"sent","prompt":"w","stream":false})").answer(), "xyz");

  // With something to say to it: still one model, and made anew of the same blob.
  reply = post("/api/create", R"({"model":"sent","parameters":{"num_predict":1},)" + files + "}");
  EXPECT_EQ(statuses(reply).back(), "success") << reply.text;
  EXPECT_THAT(names(), ElementsAre("sent:latest"));
  EXPECT_EQ(post("/api/generate", R"({"model":"sent","prompt":"w","stream":false})").answer(), "x");

  // A name with a namespace.
  reply = post("/api/create", R"({"model":"ann/sent:v1","stream":false,)" + files + "}");
  EXPECT_EQ(reply.status, 200) << reply.text;
  EXPECT_THAT(names(), Contains("ann/sent:v1"));

  reply = post("/api/create", R"({"model":"small","quantize":"q8_0","stream":true,"from":"sent"})");
  EXPECT_EQ(statuses(reply).size(), 4U) << reply.text;
  EXPECT_THAT(statuses(reply)[1], ::testing::MatchesRegex("quantizing .* model to Q8_0"));
  EXPECT_THAT(names(), Contains("small:latest"));
  EXPECT_EQ(post("/api/generate", R"({"model":"small","prompt":"w","stream":false})").status, 200);

  for (const char* name : {"sent", "ann/sent:v1", "small"}) {
    reply = call("DELETE", "/api/delete", std::string(R"({"model":")") + name + R"("})");
    EXPECT_EQ(reply.status, 200) << name << reply.text;
  }
  EXPECT_THAT(names(), ::testing::Each(HasSubstr("ann-sent")));  // at most what other names stood on
  reply = post("/api/create", R"({"model":"x","stream":false,"files":{"a":"sha256:)" + std::string(64, '0') + R"("}})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.error(), HasSubstr("not here"));
}

TEST_F(OllamaModels, ADeletedModelTakesItsBlobWithIt) {
  start(true);
  const fs::path file = models_folder() / "plain.gguf", blobs = folder_.path() / "cache/models/blobs";
  const std::string digits = sha256_of_file(file);
  const auto create = [&](const std::string& name) {
    return post("/api/create",
                R"({"model":")" + name + R"(","stream":false,"files":{"a.gguf":"sha256:)" + digits + R"("}})");
  };
  ASSERT_EQ(send_blob(file, digits).status, 201);
  ASSERT_EQ(create("one").status, 200);
  ASSERT_EQ(create("two").status, 200);
  const fs::path blob = blobs / ("sha256-" + digits);
  ASSERT_EQ(fs::hard_link_count(blob), 3U);
  // A second name of it: the file stays, and so does the blob.
  ASSERT_EQ(post("/api/copy", R"({"source":"one","destination":"three"})").status, 200);
  EXPECT_EQ(call("DELETE", "/api/delete", R"({"model":"three"})").status, 200);
  EXPECT_EQ(fs::hard_link_count(blob), 3U);
  EXPECT_EQ(call("DELETE", "/api/delete", R"({"model":"one"})").status, 200);
  EXPECT_TRUE(fs::is_empty(blobs));
  EXPECT_EQ(post("/api/generate", R"({"model":"two","prompt":"w","stream":false})").answer(), "xyz")
      << "another model of the same blob has a link of its own";
  EXPECT_EQ(call("DELETE", "/api/delete", R"({"model":"two"})").status, 200);
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(create("one").status, 400) << "it has to be sent again";
}

TEST_F(OllamaModels, ShowsWhatCreateReadsAgain) {
  const json::array stops{"\n\n", "a\"b", " x ", "\\n", "\""};
  const json::object made{{"model", "first"}, {"from", "tiny"}, {"parameters", json::object{{"stop", stops}}}};
  EXPECT_EQ(post("/api/create", json::serialize(made)).status, 200);
  const OllamaReply shown = post("/api/show", R"({"model":"first"})");
  for (const json::value& stop : stops)
    EXPECT_THAT(std::string(shown.last().at("parameters").as_string()), HasSubstr(json::serialize(stop)));
  const json::object again{{"model", "again"}, {"modelfile", shown.last().at("modelfile")}};
  const OllamaReply reply = post("/api/create", json::serialize(again));
  EXPECT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(post("/api/show", R"({"model":"again"})").last().at("parameters"), shown.last().at("parameters"));
}

TEST_F(OllamaModels, DeletesNothingThatAnotherModelIsMadeOf) {
  start(true);
  const fs::path file = models_folder() / "plain.gguf";
  const std::string digits = sha256_of_file(file);
  ASSERT_EQ(send_blob(file, digits).status, 201);
  const std::string files = R"("stream":false,"files":{"model.gguf":"sha256:)" + digits + R"("}})";
  ASSERT_EQ(post("/api/create", R"({"model":"sent","system":"B",)" + files).status, 200);
  ASSERT_EQ(post("/api/create", R"({"model":"other","from":"sent","system":"C","stream":false})").status, 200);
  const OllamaReply reply = call("DELETE", "/api/delete", R"({"model":"sent"})");
  EXPECT_EQ(reply.status, 400) << reply.text;
  EXPECT_THAT(reply.error(), HasSubstr("other:latest"));
  EXPECT_EQ(post("/api/show", R"({"model":"sent"})").last().at("system"), "B") << "nothing of it is gone";
  EXPECT_EQ(call("DELETE", "/api/delete", R"({"model":"other"})").status, 200);
  EXPECT_EQ(call("DELETE", "/api/delete", R"({"model":"sent"})").status, 200);
  EXPECT_TRUE(names().empty());
}

TEST_F(OllamaModels, MakesNoneOfFilesWhereOthersChooseWhatIsOffered) {
  const fs::path file = models_folder() / "plain.gguf";
  const std::string digits = sha256_of_file(file);
  EXPECT_EQ(send_blob(file, digits).status, 201);
  const OllamaReply reply =
      post("/api/create", R"({"model":"sent","stream":false,"files":{"a.gguf":"sha256:)" + digits + R"("}})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.error(), HasSubstr("started with"));
  EXPECT_TRUE(fs::is_empty(folder_.path() / "cache/models/imported"));
}

TEST_F(OllamaModels, PullsAndTellsHowFarItIs) {
  hearth::testing::HubServer hub;
  const std::string content = read_file(models_folder() / "plain.gguf");
  hub.add("owner/plain-GGUF", "plain-f32.gguf", content);
  environment_.set("HF_ENDPOINT", hub.address());
  environment_.set("HF_TOKEN", "");
  environment_.set("no_proxy", "*");
  start(true);
  const OllamaReply reply = post("/api/pull", R"({"model":"hf.co/owner/plain-GGUF","insecure":true})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/x-ndjson");
  const std::string digits = sha256_of_file(models_folder() / "plain.gguf");
  const std::vector<std::string> told = statuses(reply);
  ASSERT_GE(told.size(), 5U) << reply.text;
  EXPECT_EQ(told[0], "pulling manifest");
  EXPECT_EQ(told[told.size() - 4], "pulling " + digits.substr(0, 12));
  EXPECT_EQ(told[told.size() - 3], "verifying sha256 digest");
  EXPECT_EQ(told[told.size() - 2], "writing manifest");
  EXPECT_EQ(told.back(), "success");
  const json::object& whole = reply.lines[reply.lines.size() - 4];
  EXPECT_EQ(std::string(whole.at("digest").as_string()), "sha256:" + digits);
  EXPECT_EQ(whole.at("total").to_number<std::uint64_t>(), content.size());
  EXPECT_EQ(whole.at("completed"), whole.at("total"));
  EXPECT_EQ(post("/api/generate", R"({"model":"owner/plain-GGUF","prompt":"w","stream":false})").answer(), "xyz");
  EXPECT_EQ(post("/api/pull", R"({"model":"owner/plain-GGUF","stream":false})").text, R"({"status":"success"})");

  const OllamaReply missing = post("/api/pull", R"({"model":"owner/nothing"})");
  EXPECT_EQ(missing.status, 200);  // the stream had begun
  EXPECT_NE(missing.error(), "");
  EXPECT_EQ(post("/api/pull", R"({"model":"owner/nothing","stream":false})").status, 404);
  for (const char* name : {"http://127.0.0.1/x.gguf", "https://example.org/x.gguf", "file:///etc/passwd"})
    EXPECT_EQ(post("/api/pull", std::string(R"({"model":")") + name + R"("})").status, 400) << name;
}

TEST_F(OllamaModels, SaysSoonThatTheHubCannotBeReached) {
  environment_.set("HF_ENDPOINT", "http://127.0.0.1:1");
  environment_.set("HF_TOKEN", "");
  environment_.set("no_proxy", "*");
  start(true);
  const auto since = std::chrono::steady_clock::now();
  const OllamaReply whole = post("/api/pull", R"({"model":"owner/plain-GGUF","stream":false})");
  EXPECT_LT(std::chrono::steady_clock::now() - since,
            std::chrono::seconds(5));  // five pauses that double take 8 or more
  EXPECT_EQ(whole.status, 500);        // Ollama's own
  EXPECT_THAT(whole.error(), HasSubstr("cannot be reached"));
  const OllamaReply stream = post("/api/pull", R"({"model":"owner/plain-GGUF"})");
  EXPECT_EQ(stream.status, 200);
  EXPECT_EQ(statuses(stream).front(), "pulling manifest");
  EXPECT_THAT(stream.error(), HasSubstr("cannot be reached"));
}

TEST_F(OllamaModels, EndsAPullThatNobodyWaitsFor) {
  hearth::testing::HubServer hub;
  hub.add("owner/plain-GGUF", "plain-f32.gguf", read_file(models_folder() / "plain.gguf") + std::string(4 << 20, '\0'));
  hearth::testing::Faults slow;
  slow.bytes_per_second = 20'000;
  hub.set_faults(slow);
  environment_.set("HF_ENDPOINT", hub.address());
  environment_.set("HF_TOKEN", "");
  environment_.set("no_proxy", "*");
  start(true);
  HttpRequest request;
  request.body = R"({"model":"owner/plain-GGUF"})";
  const auto exchange = begin("POST", "/api/pull", std::move(request));
  while (hub.bytes_sent() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  exchange->leave();
  const auto since = std::chrono::steady_clock::now();
  router_.reset();  // waits for what runs
  EXPECT_LT(std::chrono::steady_clock::now() - since, std::chrono::seconds(10));
}

TEST_F(OllamaModels, TellsVersionAndRefusesToPush) {
  const OllamaReply version = call("GET", "/api/version");
  EXPECT_EQ(version.last().at("version"), kOllamaVersion);
  EXPECT_TRUE(version.last().contains("hearth"));
  const OllamaReply push = post("/api/push", R"({"model":"x"})");
  EXPECT_EQ(push.status, 400);
  EXPECT_THAT(push.error(), HasSubstr("cannot be pushed"));
}

TEST_F(OllamaModels, AsksForScopes) {
  start();
  for (const auto& route : router_->routes()) {
    const std::string& path = route->pattern;
    const bool reads = path == "/api/tags" || path == "/api/show" || path == "/api/ps" || path == "/api/version";
    const bool chats = path == "/api/generate" || path == "/api/chat";
    const bool embeds = path == "/api/embed" || path == "/api/embeddings";
    const Scope wanted = path == "/" ? Scope::kPublic
                         : reads     ? Scope::kAny
                         : chats     ? Scope::kChat
                         : embeds    ? Scope::kEmbed
                                     : Scope::kManage;
    EXPECT_EQ(route->scope, wanted) << path;
  }
}

TEST(OllamaErrors, AFullDiskIsToldApart) {
  const auto status = [](const auto& error) { return describe(to_http_error(std::make_exception_ptr(error))).status; };
  EXPECT_EQ(status(DiskFullError("mario.json: cannot write: no space")), 507) << "as of a body that does not fit there";
  EXPECT_EQ(status(Error(ErrorCode::kIo, "mario.json: cannot write: broken")), 500);
}

TEST(OllamaJson, WritesNamesAndTimes) {
  EXPECT_EQ(tagged_name("owner/repo"), "owner/repo:latest");
  EXPECT_EQ(tagged_name("owner/repo:Q4"), "owner/repo:Q4");
  EXPECT_EQ(nanoseconds(1.5), 1'500'000'000);
}

}  // namespace
}  // namespace hearth
