FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1

RUN useradd --create-home --uid 10001 anjuan
WORKDIR /app
COPY . .
# Installed in place: the catalogue and the migrations are read where they lie.
RUN pip install -e . -c constraints.txt \
    && install -d -o anjuan -g anjuan /data

USER anjuan
ENV ANJUAN_VAR_DIR=/data ANJUAN_API_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["anjuan"]
CMD ["api"]
